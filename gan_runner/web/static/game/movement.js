// Frames arrive ten or twenty times a second; points glide from one to the next, so that the eye can follow them.

const GLIDING = ["fakes", "needles", "manifold"];
const TRAILS = 14;
const LENGTH = 18;

export class Movement {
  constructor() {
    this.clear();
  }

  clear() {
    this.last = this.next = null;
    this.arrived = this.interval = 0;
    this.rests = true;
    this.trails = [];
  }

  /** Take a frame that came at a time (milliseconds). */
  take(frame, now) {
    if (this.next) this.interval = Math.min(250, 0.7 * this.interval + 0.3 * (now - this.arrived));
    this.last = this.next ? { ...this.next, ...this.glided(now) } : frame;
    this.next = frame;
    this.arrived = now;
    this.rests = false;
    this.leaveTrails(frame);
  }

  leaveTrails({ fakes }) {
    for (let i = 0; i < TRAILS && 2 * i + 1 < fakes.length; i += 1) {
      const trail = (this.trails[i] ??= []);
      trail.push([fakes[2 * i], fakes[2 * i + 1]]);
      if (trail.length > LENGTH) trail.shift();
    }
  }

  /** What glides, at a time. */
  glided(now) {
    const share = this.interval > 0 ? Math.min(1, (now - this.arrived) / this.interval) : 1;
    if (share >= 1) return {};
    return Object.fromEntries(GLIDING.filter((name) => this.next[name]).map((name) => {
      const [from, to] = [this.last[name], this.next[name]];
      return [name, from?.length === to.length ? to.map((value, i) => from[i] + share * (value - from[i])) : to];
    }));
  }

  /** The moment to draw. */
  at(now) {
    this.rests = now - this.arrived >= this.interval;
    return this.next ? { ...this.next, ...this.glided(now), trails: this.trails } : {};
  }

  /** Whether points are still on their way, or have not been drawn since they arrived: a busy browser skips moments. */
  moves() {
    return !this.rests;
  }
}
