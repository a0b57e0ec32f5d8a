// Time goes by: the replay's moment from the window's beginning to its end, at the speed that was chosen.

const WHOLE_SECONDS = 26;

export class Clock {
  constructor(tick, ended) {
    this.tick = tick;
    this.ended = ended;
    this.speed = 1;
    this.playing = false;
  }

  play(from, begin, end) {
    this.part = from >= end ? begin : from;
    this.end = end;
    this.playing = true;
    this.last = null;
    const turn = (this.turn = {});
    const step = (now) => {
      if (this.turn !== turn || !this.playing) return;
      const gone = this.last === null ? 0 : Math.min(100, now - this.last);
      this.last = now;
      this.part = Math.min(this.end, this.part + (gone / 1000 / WHOLE_SECONDS) * this.speed);
      this.tick(this.part);
      if (this.part >= this.end) {
        this.playing = false;
        this.ended();
      } else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  pause() {
    this.playing = false;
  }
}
