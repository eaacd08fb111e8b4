// The page of a latent space that opens from disk.
import { explore } from "../explore/main.js";
import { Within } from "./source.js";

explore(new Within(JSON.parse(document.getElementById("facts").textContent)));
