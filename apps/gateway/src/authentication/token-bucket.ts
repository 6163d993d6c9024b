/** What a bucket said to one who came for a token. */
export interface Drawn {
  granted: boolean;
  /** Whole tokens left. */
  left: number;
  /** Milliseconds until it is full again. */
  fullInMs: number;
  /** Milliseconds until there is a token again; 0: now. */
  nextInMs: number;
}

/** Holds so many tokens and gets as many again in a time, evenly: a burst of all of them, then a steady rate. */
export class TokenBucket {
  private tokens: number;
  private readonly msPerToken: number;

  constructor(
    private readonly most: number,
    perMs: number,
    private countedAt: number,
  ) {
    this.tokens = most;
    this.msPerToken = perMs / most;
  }

  draw(now: number): Drawn {
    this.tokens = Math.min(this.most, this.tokens + Math.max(0, now - this.countedAt) / this.msPerToken);
    this.countedAt = now;
    const granted = this.tokens >= 1;
    if (granted) this.tokens -= 1;
    return {
      granted,
      left: Math.floor(this.tokens),
      fullInMs: (this.most - this.tokens) * this.msPerToken,
      nextInMs: this.tokens >= 1 ? 0 : (1 - this.tokens) * this.msPerToken,
    };
  }

  /** Nothing is lost by forgetting it: a new one would be the same. */
  isFull(now: number): boolean {
    return this.tokens + (now - this.countedAt) / this.msPerToken >= this.most;
  }
}
