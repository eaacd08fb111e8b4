// What is new in the run's folder, asked for again and again: more often while it plays. The server sends what changed.

const SOON = 1500, SELDOM = 6000; // milliseconds

/**
 * @param {() => string} language of the words that the server says
 * @param {(told: {parts: Object<string, any>, trouble: string}) => void} tell
 * @returns {() => void} what asks at once, for all parts
 */
export function follow(language, tell) {
  let known = {}, timer = 0, isPlaying = false, asked = 0;

  async function look() {
    clearTimeout(timer);
    const mine = ++asked;
    try {
      const answer = await fetch(`/run/news.json?${new URLSearchParams({ lang: language(), ...known })}`);
      const told = await answer.json();
      if (mine !== asked) return;
      if (!answer.ok) throw new Error(told.error);
      known = told.marks;
      if (told.parts.head) isPlaying = told.parts.head.status === "running";
      tell(told);
    } catch {
      if (mine !== asked) return;
      tell({ parts: {}, trouble: "apart" });
    }
    timer = setTimeout(look, isPlaying && !document.hidden ? SOON : SELDOM);
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  look();
  return () => { known = {}; look(); };
}
