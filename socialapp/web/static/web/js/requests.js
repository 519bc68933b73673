// What each request of htmx carries, and where its failures are told: beside the page, never in what was pressed.
const cookie = (name) => document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
const failures = document.getElementById("failures");

document.addEventListener("htmx:configRequest", ({ detail }) => {
  // The token as it is now: it changes when somebody logs in in another tab.
  if (detail.verb !== "get") detail.parameters.csrfmiddlewaretoken = cookie("__Host-csrftoken") ?? cookie("csrftoken") ?? "";
  if (document.body.dataset.person) detail.headers["X-Person"] = document.body.dataset.person;
});

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  // A failure that the server told in words for the people: it says itself where they belong.
  if (detail.isError && detail.xhr.getResponseHeader("HX-Retarget")) detail.shouldSwap = true;
});

document.addEventListener("htmx:responseError", ({ detail }) => {
  if (!detail.xhr.getResponseHeader("HX-Retarget")) say(detail.xhr.status);
});
document.addEventListener("htmx:sendError", () => say("offline"));
document.addEventListener("htmx:timeout", () => say("timeout"));

function say(what) {
  const words = failures.content.querySelector(`[data-for="${what}"]`) ?? failures.content.querySelector("[data-for='500']");
  document.getElementById("flashes").append(document.importNode(words, true));
}
