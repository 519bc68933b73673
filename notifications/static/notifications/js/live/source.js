// Where the news come from: a stream of Server-Sent Events; by asking again and again where streams do not work.

const SILENCE_MS = 45_000; // the process says something every 20 s
const STALE_MS = 25_000; // after a sleep, rather connect anew than trust a connection
const PATIENCE_MS = 15_000;
const POLL_MS = 15_000;
const HIDDEN_POLL_MS = 60_000;
const TRY_AGAIN_MS = 5 * 60_000;
const FAILURES = 3;
const EVENTS = ["hello", "inbox", "posts", "counts", "resync", "beat", "bye"];

const spread = (ms) => ms * (0.5 + Math.random());

export class Source {
  // `tell(name, data)` hears what is new since `cursor`.
  constructor({ url, news, cursor, tell }) {
    Object.assign(this, { url, news, cursor, tell });
    this.posts = [];
    this.failures = 0;
    this.seen = () => this.wake();
  }

  open() {
    document.addEventListener("visibilitychange", this.seen);
    addEventListener("online", this.seen);
    this.connect();
  }

  close() {
    document.removeEventListener("visibilitychange", this.seen);
    removeEventListener("online", this.seen);
    this.disconnect();
  }

  // These posts are on some screen: their counts are wanted.
  async watch(posts) {
    this.posts = posts;
    if (!this.stream) return;
    const body = JSON.stringify({ stream: this.stream, posts });
    try {
      const answer = await fetch(new URL("watch/", new URL(this.url, location)), { method: "POST", body, credentials: "omit" });
      // With many processes behind one address, the stream is told anew by connecting anew.
      if (answer.status === 404) this.again(0);
    } catch {
      // The stream itself will notice.
    }
  }

  connect() {
    this.disconnect();
    const address = new URL(this.url, location);
    address.searchParams.set("after", this.cursor);
    if (this.posts.length) address.searchParams.set("posts", this.posts.join());
    this.events = new EventSource(address, { withCredentials: true });
    for (const name of EVENTS) this.events.addEventListener(name, (event) => this.heard(name, event));
    this.events.onerror = () => this.failed();
    this.listen(PATIENCE_MS);
  }

  disconnect() {
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    this.events?.close();
    this.events = this.stream = undefined;
  }

  listen(ms) {
    clearTimeout(this.silence);
    this.heardAt = Date.now();
    this.silence = setTimeout(() => this.failed(), ms);
  }

  heard(name, event) {
    const data = JSON.parse(event.data);
    this.listen(SILENCE_MS);
    if (event.lastEventId) this.cursor = event.lastEventId;
    if (name === "bye") return data.again === null ? this.close() : this.again(data.again);
    if (name === "hello") {
      this.failures = 0;
      this.stream = data.stream;
    }
    if (name !== "beat") this.tell(name, data);
  }

  failed() {
    this.failures += 1;
    this.disconnect();
    if (this.failures >= FAILURES) this.poll(Date.now() + TRY_AGAIN_MS);
    else this.again(spread(1_000 * 2 ** this.failures));
  }

  again(ms) {
    this.disconnect();
    this.timer = setTimeout(() => this.connect(), ms);
  }

  // The machine slept, or the network is back.
  wake() {
    if (document.hidden) return;
    if (this.polling) this.poll(this.polling);
    else if (!this.events || Date.now() - this.heardAt > STALE_MS) this.connect();
  }

  async poll(until) {
    clearTimeout(this.timer);
    this.polling = until;
    try {
      const query = new URLSearchParams({ after: this.cursor, posts: this.posts.slice(0, 100).join() });
      const answer = await fetch(`${this.news}?${query}`, { headers: { Accept: "application/json" } });
      if (answer.status === 401 || answer.status === 403) return this.close();
      if (answer.ok) this.read(await answer.json());
    } catch {
      // Offline: the next one may get through.
    }
    if (Date.now() > until) {
      this.polling = 0;
      this.failures = FAILURES - 1;
      this.connect();
    } else {
      this.timer = setTimeout(() => this.poll(until), spread(document.hidden ? HIDDEN_POLL_MS : POLL_MS));
    }
  }

  read({ cursor, unread, posts, counts }) {
    this.cursor = cursor;
    this.tell("inbox", { unread });
    if (posts.length) this.tell("posts", { posts });
    if (Object.keys(counts).length) this.tell("counts", counts);
  }
}
