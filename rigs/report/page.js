const tests = [...document.querySelectorAll("details.test")];
const buttons = [...document.querySelectorAll("nav button[data-outcome]")];
const words = document.querySelector("nav input");
let wanted = "";
function show() {
  const text = words.value.toLowerCase();
  for (const test of tests)
    test.hidden = (wanted && test.dataset.outcome !== wanted) || !test.dataset.words.includes(text);
  for (const group of document.querySelectorAll("section, .rule"))
    group.hidden = !group.querySelector("details.test:not([hidden])");
  document.querySelector(".nothing").hidden = tests.some(test => !test.hidden);
  for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.outcome === wanted);
}
for (const button of buttons) button.onclick = () => { wanted = button.dataset.outcome; show(); };
words.oninput = show;
document.querySelector("nav button.all").onclick = event => {
  const shown = tests.filter(test => !test.hidden), open = shown.some(test => !test.open);
  for (const test of shown) test.open = open;
};
for (const button of document.querySelectorAll(".again button"))
  button.onclick = () => navigator.clipboard.writeText(button.previousElementSibling.textContent)
    .then(() => { button.textContent = "Copied"; }, () => getSelection().selectAllChildren(button.previousElementSibling));
function jump() { const test = document.getElementById(location.hash.slice(1)); if (test) { test.open = true; test.scrollIntoView(); } }
addEventListener("hashchange", jump);
show(); jump();
