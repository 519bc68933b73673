// One stream per browser: the tab that holds the lock has it and tells the others. Who has the lock and closes hands it on.
import { Source } from "./source.js";

const KEPT_POSTS = 50;
const MOST_WATCHED = 200;

export class Shared {
  constructor({ person, url, news, cursor, emit }) {
    Object.assign(this, { person, url, news, cursor, emit });
    this.name = `socialapp-live-${person}`;
    this.tab = crypto.randomUUID?.() ?? String(Math.random());
    this.screens = new Map();
    this.posts = [];
    this.recent = [];
  }

  start() {
    // Without locks nobody can lead: each tab has its own stream, and the others need not hear of it.
    if (!navigator.locks || !("BroadcastChannel" in window)) return this.lead();
    this.channel = new BroadcastChannel(this.name);
    this.channel.addEventListener("message", ({ data }) => this.receive(data));
    this.channel.postMessage({ to: "leader", from: this.tab, posts: this.posts });
    this.leave = new AbortController();
    const held = () => new Promise((release) => {
      this.release = release;
      this.lead();
    });
    navigator.locks.request(this.name, { signal: this.leave.signal }, held).catch(() => {});
  }

  stop() {
    this.source?.close();
    this.source = undefined;
    this.channel?.postMessage({ to: "leader", from: this.tab, posts: [] });
    this.channel?.close();
    this.leave?.abort();
    this.release?.();
  }

  // This browser is not let in as this person any more. A tab that was opened since may be.
  ended() {
    this.source = undefined;
    this.release?.();
  }

  // These posts are on this tab's screen.
  see(posts) {
    if (posts.join() === this.posts.join()) return;
    this.posts = posts;
    if (this.source) this.watch();
    else this.channel?.postMessage({ to: "leader", from: this.tab, posts });
  }

  lead() {
    const emit = (name, data) => this.pass(name, data);
    const { person, url, news, cursor } = this;
    this.source = new Source({ person, url, news, cursor, emit, ended: () => this.ended() });
    this.source.posts = this.posts.slice(0, MOST_WATCHED);
    this.source.open();
    this.channel?.postMessage({ to: "tabs", name: "leader" });
  }

  // To this tab and to the others.
  pass(name, data) {
    if (name === "posts") this.recent = [...data.posts, ...this.recent].slice(0, KEPT_POSTS);
    if ("unread" in data) this.unread = data.unread;
    this.cursor = this.source.cursor;
    this.channel?.postMessage({ to: "tabs", name, data, cursor: this.cursor });
    this.emit(name, data);
  }

  receive({ to, from, posts, name, data, cursor }) {
    if (to === "leader" && this.source) {
      if (posts.length) this.screens.set(from, posts);
      else this.screens.delete(from);
      this.watch();
      // A tab that has just opened may have missed the last words.
      if (this.unread !== undefined) this.channel.postMessage({ to: from, name: "catch up", data: { unread: this.unread, posts: this.recent }, cursor: this.cursor });
    } else if (name === "leader") {
      this.channel.postMessage({ to: "leader", from: this.tab, posts: this.posts });
    } else if (to === this.tab && name === "catch up") {
      if (isOlder(this.cursor, cursor)) this.emit("inbox", { unread: data.unread });
      if (data.posts.length) this.emit("posts", { posts: data.posts });
    } else if (to === "tabs") {
      this.cursor = cursor;
      this.emit(name, data);
    }
  }

  watch() {
    clearTimeout(this.watching);
    this.watching = setTimeout(() => {
      const all = new Set([...this.posts, ...[...this.screens.values()].flat()]);
      this.source?.watch([...all].slice(0, MOST_WATCHED));
    }, 100);
  }
}

// A cursor is "seq.version.time": both numbers grow with each change of the inbox.
function isOlder(mine, other) {
  const [seq, version] = mine.split(".").map(Number);
  const [otherSeq, otherVersion] = other.split(".").map(Number);
  return otherSeq > seq || otherVersion > version;
}
