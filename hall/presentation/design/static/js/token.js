// Signing in again in another window makes this page's form token void. On coming back, ask for a fresh one and put it into every form.
let lost = false;
const refresh = async () => {
  const answer = await fetch("/session/token", { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok) return;
  const { token, signed_in: isSignedIn } = await answer.json();
  for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = token;
  if (isSignedIn) document.dispatchEvent(new Event("hall:token"));
};
document.addEventListener("click", (event) => { if (event.target.closest("a[href^='/sign-in'][target=_blank]")) lost = true; });
addEventListener("focus", () => { if (lost) refresh(); });
document.addEventListener("hall:token", () => { lost = false; });
