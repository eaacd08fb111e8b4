// The same tiles in a shell.

/** @param {{title: string, classes: string[]}} about @param {any} asked */
export function command({ title, classes }, { seed, count, label, truncation }) {
  const words = ["gan-sample", `run=${title}`, `num_samples=${count}`, `seed=${seed}`];
  if (label !== null && classes.length) words.push(`label=${classes[label]}`);
  if (truncation !== null) words.push(`truncation=${truncation}`);
  return [...words, "output=samples.png"].map(quoted).join(" ");
}

/** As Python's shlex.quote. */
function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}
