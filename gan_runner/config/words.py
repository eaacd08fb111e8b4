"""Words of slides, tutorials and other languages, and what they are called here.

One table: what something is called here, and the words for it elsewhere. Who types such a word is told ours.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from gan_runner.config.options import CONFIGS, NAMED, options

KEYS: Mapping[str, str] = {
    # how long, how fast
    "optimizer.lr": "lr learning_rate learningrate step_size tasa_de_aprendizaje tasa_aprendizaje",
    "optimizer.generator.lr": "lr_g g_lr lrg lr_gen gen_lr generator_lr",
    "optimizer.discriminator.lr": "lr_d d_lr lrd lr_disc disc_lr discriminator_lr lr_critic",
    "optimizer.betas": "beta1 beta_1 b1 beta2 beta_2 b2 adam_betas",
    "trainer.max_epochs=<value> trainer.max_steps=-1": "epochs epoch n_epochs num_epochs max_epochs nepochs epocas "
    "epoca numero_de_epocas",
    "trainer.max_steps": "steps n_steps num_steps max_steps total_steps iterations iters n_iter niter num_iterations "
    "max_iter batches n_batches num_batches pasos iteraciones lotes",
    "seed": "random_seed manual_seed manualseed random_state semilla",
    "system.discriminator_steps": "n_critic ncritic critic_steps critic_iters n_disc d_steps disc_steps k_steps k "
    "discriminator_steps pasos_del_discriminador pasos_discriminador",
    "system.generator_steps": "g_steps gen_steps n_gen generator_steps pasos_del_generador pasos_generador",
    "system.accumulate": "accumulate_grad_batches gradient_accumulation grad_accum acumulacion_de_gradientes",
    "system.gradient_clip.generator": "gradient_clip grad_clip clip_grad clip_grad_norm max_grad_norm "
    "recorte_de_gradiente",
    # data
    "data": "dataset datasets data_set datos conjunto_de_datos",
    "data.batch_size": "batch_size batchsize batch bs minibatch_size mini_batch_size tamano_de_lote tamano_lote "
    "tamano_del_lote lote",
    "data.image_size": "image_size img_size imsize imagesize resolution pixels tamano_de_imagen resolucion",
    "data.channels": "nc img_channels n_channels num_channels image_channels canales",
    "data.num_workers": "workers num_workers n_workers n_cpu trabajadores",
    "data.balance=true": "balance balanced class_balance balanced_sampling oversampling weighted_sampler equilibrar",
    "data.holdout": "test_size test_split val_split validation_split particion_de_prueba",
    "data.augment.hflip": "hflip flip mirror horizontal_flip random_flip espejo",
    "data=folder data.root=<folder>": "data_dir data_root dataroot data_path dataset_path datapath image_folder "
    "carpeta directorio",
    # what is played
    "model": "modelo recipe receta gan_type gan_mode tipo_de_gan",
    "network": "net nets architecture arch backbone generator discriminator critic red red_neuronal arquitectura "
    "generador discriminador critico",
    "network.width": "ngf ndf nf base_channels n_filters filters features_g features_d hidden_dim filtros",
    "network.conditional": "conditional class_conditional labels use_labels condicional etiquetas",
    "network.discriminator.dropout": "dropout drop_rate dropout_rate abandono",
    "network.discriminator.norm": "batchnorm batch_norm normalization normalizacion",
    "latent": "z prior latent_space espacio_latente latente",
    "latent or tricks=[instance_noise]": "noise ruido",
    "latent.latent_dim": "latent_dim latent_size latent_dims z_dim zdim nz dim_z z_size noise_dim noise_size "
    "dimension_latente dim_latente tamano_latente",
    "loss": "losses criterion adversarial_loss loss_type loss_fn perdida funcion_de_perdida coste costo",
    "loss.label_smoothing": "label_smoothing smooth smoothing real_label one_sided_label_smoothing suavizado "
    "suavizado_de_etiquetas",
    "likelihood": "reconstruction_loss recon_loss verosimilitud",
    "system.beta": "beta_kl kl_weight kld_weight peso_kl",
    "system.l1": "lambda_l1 l1_weight l1_lambda",
    "system.cycle_a": "lambda_cycle cycle_weight lambda_a lambda_cyc",
    "system.identity": "lambda_identity identity_weight lambda_idt",
    "optimizer": "optim opt optimizador",
    "schedule": "scheduler lr_scheduler lr_schedule lr_decay planificador",
    # tricks
    "tricks": "trick regularization regularizer regularizers remedy remedies trucos truco remedios remedio "
    "regularizacion",
    "tricks=[latent_regression]": "latent_regularization latent_reconstruction latent_regression "
    "regularizacion_latente regresion_latente regularizacion_del_latente",
    "tricks=[spectral_norm]": "spectral_norm spectral_normalization sn norma_espectral normalizacion_espectral",
    "tricks=[ema]": "ema use_ema moving_average media_movil",
    "tricks=[unrolled]": "unrolled unrolling desenrollado",
    "tricks=[growing]": "growing progressive progressive_growing crecimiento_progresivo",
    "tricks.ema.decay": "ema_decay ema_beta ema_rate",
    "tricks.gradient_penalty.weight": "gradient_penalty lambda_gp gp_weight gp_lambda gp_coef lambda_ "
    "penalizacion_de_gradiente",
    "tricks.weight_clipping.limit": "clip_value clip weight_clip weight_clipping clamp recorte_de_pesos recorte",
    "tricks.unrolled.steps": "unroll_steps unrolled_steps unrolling_steps",
    "tricks.r1.gamma": "r1_gamma gamma_r1",
    "tricks.instance_noise.std": "instance_noise noise_std ruido_de_instancia",
    "tricks.pacgan.m": "pack packing pack_size",
    # what is measured, kept and used
    "metrics": "metric metricas metrica",
    "evaluation.every": "eval_every val_every eval_interval eval_freq evaluar_cada",
    "callbacks.samples.every": "sample_interval sample_every sample_freq",
    "callbacks.checkpoint.every": "save_every save_interval checkpoint_every save_freq guardar_cada",
    "trainer.log_every_n_steps": "log_every log_interval log_freq",
    "paths.outputs": "output outputs output_dir out out_dir outdir outf save_dir results_dir log_dir logdir salida",
    "resume": "checkpoint ckpt load load_from continue_train continuar reanudar",
    "init_from": "pretrained finetune fine_tune weights load_weights pesos preentrenado",
    "trainer.accelerator": "device dispositivo cuda cpu gpu use_gpu",
    "trainer.devices": "gpus ngpu n_gpu n_gpus num_gpus gpu_ids",
    "trainer.precision": "fp16 bf16 amp mixed_precision half precision precision_mixta",
    "experiment": "exp experimento leccion",
}
"""A key, a group, or settings -> words that are typed in the place of a key. <value> is what was given to it."""

OPTIONS: Mapping[str, Mapping[str, str]] = {
    "loss": {
        "non_saturating": "bce bceloss bce_loss bcewithlogits bce_with_logits bcewithlogitsloss binary_cross_entropy "
        "binary_crossentropy cross_entropy crossentropy log_loss gan vanilla standard ns nsgan ns_gan nonsaturating "
        "log_d no_saturante no_saturada entropia_cruzada entropia_cruzada_binaria",
        "minimax": "minmax min_max mm saturating saturated original zero_sum saturante saturada suma_cero",
        "least_squares": "mse mseloss mse_loss l2 ls lsgan ls_gan squared quadratic mean_squared_error "
        "minimos_cuadrados error_cuadratico error_cuadratico_medio cuadratica",
        "wasserstein": "wgan w w1 w_loss wasserstein_loss emd earth_mover earth_movers earth_mover_distance critic",
        "hinge": "hinge_loss sngan bisagra margen",
        "relativistic": "rgan rsgan rpgan r3gan relativistic_gan relativista",
        "relativistic_average": "ragan rasgan relativistic_average_gan relativista_media",
        "loss=wasserstein tricks=[gradient_penalty]": "wgan_gp wgangp wasserstein_gp",
        "model=autoencoder likelihood=laplace": "l1 l1loss mae mean_absolute_error error_absoluto",
        "model=autoencoder likelihood=gaussian": "reconstruction reconstruction_loss reconstruccion",
        "model=vae": "elbo kl kld vae",
        "model=cyclegan": "cycle cycle_consistency consistencia_de_ciclo",
        "tricks=[feature_matching]": "feature_loss perceptual",
    },
    "model": {
        "vanilla": "gan vanilla_gan vanillagan original simple basic goodfellow clasica basica simple_gan gan_clasica",
        "dcgan": "dc_gan convolutional conv_gan deep_convolutional convolucional gan_convolucional",
        "cgan": "conditional conditional_gan cond_gan c_gan condicional gan_condicional",
        "lsgan": "ls_gan least_squares_gan minimos_cuadrados",
        "wgan": "w_gan wasserstein_gan",
        "wgan_gp": "wgangp wgan_gradient_penalty improved_wgan",
        "sngan": "sn_gan spectral spectral_gan",
        "progan_small": "pggan pg_gan progressive progressive_gan pro_gan proggan progresiva",
        "autoencoder": "ae auto_encoder autocodificador",
        "vae": "variational variational_autoencoder autocodificador_variacional variacional",
        "cvae": "conditional_vae vae_condicional",
        "beta_vae": "betavae b_vae",
        "vae_gan": "vaegan",
        "aae": "adversarial_autoencoder autocodificador_adversario",
        "cyclegan": "cycle_gan discogan dualgan",
        "pix2pix": "pix_2_pix p2p image_to_image img2img traduccion traduccion_de_imagenes",
        "inpainting": "inpaint completion context_encoder relleno completar",
        "denoising": "denoiser denoising_autoencoder quitar_ruido",
        "super_resolution": "srgan sr superresolution superresolucion super_resolucion",
        "colorization": "colorizer colorear coloreado",
        "deblurring": "deblurgan desenfoque",
        "f_anogan": "anogan fanogan ano_gan",
        "model=dcgan network.conditional=generator tricks=[auxiliary_classifier]": "acgan ac_gan",
        "model=vanilla tricks=[latent_regression]": "infogan info_gan",
        "model=vanilla tricks=[latent_prior]": "veegan vee_gan",
        "model=vanilla tricks=[unrolled]": "unrolled_gan unrolledgan",
        "model=vanilla tricks=[pacgan]": "pac_gan",
        "model=vanilla tricks=[discriminator_ensemble]": "gman multi_discriminator varios_discriminadores",
        "model=vanilla tricks=[mode_seeking]": "msgan mode_seeking_gan",
    },
    "network": {
        "mlp": "fc dense linear fully_connected perceptron multilayer_perceptron densa lineal perceptron_multicapa",
        "dcgan": "cnn conv convnet convolutional convolucional",
        "resnet": "res_net residual sngan residual_network",
        "pix2pix": "unet u_net patchgan",
        "progan": "pggan progressive progresiva",
        "vae": "autoencoder encoder codificador",
        "conv_vae": "conv_autoencoder",
    },
    "data": {
        "digits": "sklearn_digits load_digits digitos",
        "fashion_mnist": "fashion fmnist fashionmnist moda ropa",
        "cifar10": "cifar cifar_10",
        "stacked_mnist": "stackedmnist smnist mnist_apilado",
        "folder": "images imagefolder image_folder custom own photos celeba lsun imagenes carpeta fotos propias",
        "ring": "8gaussians gaussians8 8_gaussians eight_gaussians circle toy 2d anillo circulo",
        "points": "csv npy own_points point_cloud puntos puntos_propios nube_de_puntos",
        "two_gaussians": "2gaussians 2_gaussians dos_gaussianas",
        "blobs": "disjoint three_gaussians 3gaussians manchas",
        "line": "linea recta",
        "ellipse": "elipse oval",
        "spiral": "spirals swirl espiral",
        "grid": "25gaussians gaussians25 25_gaussians rejilla cuadricula",
        "gaussians": "gaussian_mixture mixture gmm mezcla gaussianas",
        "synthetic": "random fake sintetico sinteticos",
        "horse2zebra": "horses zebras caballos cebras horse_to_zebra",
        "facades": "cmp_facades fachadas",
        "maps": "mapas map2aerial",
        "unpaired": "two_domains sin_parejas",
        "paired": "pairs pares parejas",
    },
    "tricks": {
        "latent_regression": "latent_regularization latent_reconstruction infogan regularizacion_latente "
        "regresion_latente regularizacion_del_latente",
        "latent_prior": "veegan vee_gan",
        "minibatch_discrimination": "minibatch mbd minibatch_disc discriminacion_por_minilotes "
        "discriminacion_de_minilotes minilotes",
        "minibatch_stddev": "minibatch_std mbstd minibatch_standard_deviation desviacion_del_minilote",
        "feature_matching": "fm feature_match emparejamiento_de_caracteristicas",
        "gradient_penalty": "gp wgan_gp penalizacion_de_gradiente",
        "weight_clipping": "clip clipping weight_clip clamp wgan recorte_de_pesos recorte",
        "spectral_norm": "sn spectral spectral_normalization specnorm sngan norma_espectral normalizacion_espectral",
        "instance_noise": "noise input_noise gaussian_noise add_noise ruido ruido_de_instancia",
        "diff_augment": "augment augmentation data_augmentation diffaug differentiable_augmentation "
        "aumento_de_datos aumento",
        "ada": "adaptive_augmentation adaptive_discriminator_augmentation stylegan2_ada",
        "replay": "buffer replay_buffer image_pool image_buffer history experience_replay repeticion memoria",
        "unrolled": "unroll unrolling unrolled_gan desenrollado",
        "pacgan": "pac packing pack empaquetado",
        "discriminator_ensemble": "ensemble multiple_discriminators several_discriminators multi_discriminator gman "
        "conjunto varios_discriminadores",
        "mode_seeking": "msgan ms mode_seeking_regularization busqueda_de_modos",
        "historical_averaging": "historical history_averaging promedio_historico",
        "ema": "moving_average exponential_moving_average weight_averaging averaging polyak media_movil",
        "growing": "progressive progressive_growing progan crecimiento crecimiento_progresivo",
        "auxiliary_classifier": "acgan ac_gan aux_classifier clasificador_auxiliar",
        "top_k": "topk",
        "r1": "r1_penalty r1_regularization",
        "r2": "r2_penalty",
        "consistency": "bcr zcr consistency_regularization consistencia",
        "lecam": "lecam_regularization",
        "network=mlp network.discriminator.dropout=0.3": "dropout abandono",
        "network.discriminator.norm=batch": "batchnorm batch_norm batch_normalization normalizacion_por_lotes",
        "network.discriminator.norm=layer": "layernorm layer_norm layer_normalization",
        "loss.label_smoothing=0.1": "label_smoothing smoothing one_sided_label_smoothing suavizado "
        "suavizado_de_etiquetas",
        "model=ttur": "ttur two_time_scale two_timescale two_time_scale_update_rule dos_escalas",
        "system.discriminator_steps=5": "n_critic critic_steps more_discriminator_steps",
        "system.gradient_clip.generator=1.0": "gradient_clipping grad_clip clip_grad recorte_de_gradiente",
        "network.conditional=true": "conditional condicional labels etiquetas",
    },
    "latent": {
        "gaussian": "normal gauss randn normal_distribution gaussiana",
        "uniform": "uniforme rand",
        "gaussian_mixture": "mixture mixture_of_gaussians mezcla_de_gaussianas",
        "swiss_roll": "swissroll rollo_suizo",
    },
    "optimizer": {
        "sgd": "gradient_descent momentum descenso_por_gradiente descenso_de_gradiente",
        "rmsprop": "rms_prop rms",
    },
    "schedule": {
        "cosine": "cosine_annealing cos cosineannealinglr coseno",
        "linear": "linear_decay lineal linearlr",
        "constant": "none fixed constante ninguno",
        "constant_then_linear": "lambda lambdalr linear_after_half",
    },
    "metrics": {
        "frechet": "fid frechet_inception_distance distancia_de_frechet",
        "kid": "kernel_inception_distance",
        "rbf_mmd": "mmd gaussian_mmd maximum_mean_discrepancy",
        "cmmd": "clip_mmd",
        "class_frechet": "intra_fid class_fid per_class_fid fid_por_clase",
        "frechet_infinity": "fid_infinity fid_inf fd_infinity",
        "vendi": "vendi_score",
        "authenticity": "authpct autenticidad",
        "prdc": "precision recall precision_recall density coverage",
        "ms_ssim": "ssim msssim",
        "class_modes": "inception_score is classes clases",
        "modes": "mode_coverage modos",
        "memorization": "copies copying memorizacion copias",
        "likelihood": "elbo nll",
        "reconstructed": "psnr reconstruction_error",
        "anomaly": "auroc auc anomalias",
    },
    "features": {
        "efficientnet_lite0": "efficientnet efficientnet_lite pretrained imagenet preentrenado",
        "inception": "inception_v3 inceptionv3 fid",
        "dinov2": "dino dinov2_vits14 dinov2_vitl14",
        "clip": "openai_clip cmmd",
        "features=timm features.net=resnet18": "resnet resnet18",
    },
    "likelihood": {
        "gaussian": "mse l2 normal error_cuadratico",
        "bernoulli": "bce binary_cross_entropy cross_entropy entropia_cruzada",
        "laplace": "l1 mae error_absoluto",
    },
}
"""Group -> an option of it, or settings -> words that are typed in the place of an option."""

_ORDER = ("model", "loss", "tricks", "network", "data", "latent", "likelihood")
"""Where an option of another group is looked for."""


def plain(word: str) -> str:
    """How a word is looked up: in small letters, without accents, in American spelling, joined by underscores."""
    letters = unicodedata.normalize("NFKD", word.strip().lower()).encode("ascii", "ignore").decode()
    return re.sub(r"isation\b|isation(?=_)", "ization", re.sub(r"[^a-z0-9]+", "_", letters).strip("_"))


def _turned(table: Mapping[str, str]) -> dict[str, str]:
    return {plain(word): ours for ours, words in table.items() for word in words.split()}


_KEYS = _turned(KEYS)
_OPTIONS = {group: _turned(table) for group, table in OPTIONS.items()}


def meant_by_key(key: str, value: str = "") -> str | None:
    """What a word in the place of a key is here: a key, a group with the option that its value names, or settings.

    An option in the place of a key, pacgan=true, is told by the settings that choose it.
    """
    ours = _KEYS.get(plain(key)) or _KEYS.get(plain(key.rpartition(".")[2]))
    if ours is None and "." not in key:
        return next(iter(meanings(key)), None) or meant_elsewhere(key)
    if ours is None or not (CONFIGS / ours).is_dir():
        return None if ours is None else ours.replace("<value>", value or "…")
    named = [_named(ours, word.strip()) for word in value.strip("[]'\" ").split(",") if word.strip()]
    return _joined(ours, [one for one in named if one is not None]) if named and None not in named else ours


def meant_by_option(group: str, option: str) -> str | None:
    """The settings that a word in the place of an option stands for: loss=least_squares for mse."""
    if ours := _OPTIONS.get(group, {}).get(plain(option)):
        return ours if "=" in ours else chosen(group, ours)
    if plain(option) in options(CONFIGS / group):  # Hinge, wgan-gp
        return chosen(group, plain(option))
    return None


def meant_elsewhere(option: str) -> str | None:
    """The settings that choose an option of this name in whatever group has one: loss=minimax for model=minimax."""
    group = next((one for one in _ORDER if plain(option) in options(CONFIGS / one)), None)
    return None if group is None else chosen(group, plain(option))


def _joined(group: str, settings: list[str]) -> str:
    """tricks=[ema] and tricks=[r1] are tricks=[ema,r1]."""
    start = f"{group}=["
    if all(one.startswith(start) and " " not in one for one in settings):
        return f"{start}{','.join(one.removeprefix(start)[:-1] for one in settings)}]"
    return " ".join(dict.fromkeys(settings))


def _named(group: str, option: str) -> str | None:
    """Of an option by its own name or by another."""
    return chosen(group, option) if option in options(CONFIGS / group) else meant_by_option(group, option)


def chosen(group: str, option: str) -> str:
    """How an option is chosen: loss=hinge, tricks=[ema]."""
    return f"{group}=[{option}]" if group in NAMED else f"{group}={option}"


def meanings(word: str) -> list[str]:
    """All that a word may stand for, wherever it is typed: keys, groups, settings."""
    found = [_KEYS[plain(word)]] if plain(word) in _KEYS else []
    for group, table in _OPTIONS.items():
        if ours := table.get(plain(word)):
            found.append(ours if "=" in ours else chosen(group, ours))
    return list(dict.fromkeys(found))
