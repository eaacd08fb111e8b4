// The page of a latent space that gan-play serves.
import { explore } from "./main.js";
import { server } from "./server.js";

explore(server);
