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
  // `emit(name, data)` is called with what is new since `cursor`; `ended()`, that this browser is not let in as `person` any more.
  constructor({ person, url, news, cursor, emit, ended }) {
    Object.assign(this, { person, url, news, cursor, emit, ended });
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
    const { stream } = this;
    if (!stream) return;
    const body = JSON.stringify({ stream, posts });
    try {
      const answer = await fetch(new URL("watch/", new URL(this.url, location)), { method: "POST", body, credentials: "omit" });
      // With many processes behind one address, the stream is told anew by connecting anew.
      if (answer.status === 404 && this.stream === stream) this.again(0);
    } catch {
      // The stream itself will notice.
    }
  }

  connect() {
    this.disconnect();
    this.polling = 0;
    const address = new URL(this.url, location);
    address.searchParams.set("after", this.cursor);
    if (this.posts.length) address.searchParams.set("posts", this.posts.join());
    this.events = new EventSource(address, { withCredentials: true });
    for (const name of EVENTS) this.events.addEventListener(name, (event) => this.receive(name, event));
    this.events.onerror = () => this.failed();
    this.listen(PATIENCE_MS);
  }

  disconnect() {
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    this.asking?.abort();
    this.events?.close();
    this.events = this.stream = undefined;
  }

  listen(ms) {
    clearTimeout(this.silence);
    this.heardAt = Date.now();
    this.silence = setTimeout(() => this.failed(), ms);
  }

  receive(name, event) {
    const data = JSON.parse(event.data);
    this.listen(SILENCE_MS);
    if (event.lastEventId) this.cursor = event.lastEventId;
    // Signed out; or only this session was, and there is a new one: after a new password, after logging in again.
    if (name === "bye") return this.again(data.again ?? spread(2_000));
    if (name === "hello") {
      if (this.isAnothers(data)) return this.end();
      this.failures = 0;
      this.stream = data.stream;
    }
    if (name !== "beat") this.emit(name, data);
  }

  // Somebody else has logged in in this browser since: theirs is not for this page.
  isAnothers(data) {
    return String(data.person) !== this.person;
  }

  end() {
    this.close();
    this.ended();
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
    this.disconnect();
    this.polling = until;
    const { signal } = (this.asking = new AbortController());
    try {
      const query = new URLSearchParams({ after: this.cursor, posts: this.posts.slice(0, 100).join() });
      const answer = await fetch(`${this.news}?${query}`, { headers: { Accept: "application/json" }, signal });
      if (answer.status === 401 || answer.status === 403) return this.end();
      const data = answer.ok ? await answer.json() : null;
      if (data && this.isAnothers(data)) return this.end();
      if (data) this.read(data);
    } catch {
      // Offline: the next one may get through.
    }
    if (signal.aborted) return;
    if (Date.now() > until) {
      this.failures = FAILURES - 1;
      this.connect();
    } else {
      this.timer = setTimeout(() => this.poll(until), spread(document.hidden ? HIDDEN_POLL_MS : POLL_MS));
    }
  }

  read({ cursor, unread, posts, counts }) {
    this.cursor = cursor;
    this.emit("inbox", { unread });
    if (posts.length) this.emit("posts", { posts });
    if (Object.keys(counts).length) this.emit("counts", counts);
  }
}
