// Keeps the page's parts fresh, and sends what its buttons and its form say. Without it the page is whole, but still.

const REFRESH_MS = 2_000;
const token = document.querySelector('meta[name="page-token"]').content;
const message = document.getElementById('message');
const pause = document.getElementById('pause');
const form = document.getElementById('explain-form');
const explanation = document.getElementById('explanation');
const routeChoice = document.getElementById('explain-route');

let paused = false;
let lost = false;

function say(text, bad = false) {
  message.textContent = text;
  message.classList.toggle('bad', bad);
  message.hidden = text === '';
}

/** Puts new markup into an element, and keeps what the reader has open, chosen and focused. */
function put(element, markup) {
  const selection = getSelection();
  if (!selection.isCollapsed && element.contains(selection.anchorNode)) return;
  const open = [...element.querySelectorAll('details[open]')].map(({ id }) => id);
  const focused = element.contains(document.activeElement) ? document.activeElement.id : '';
  element.innerHTML = markup;
  for (const id of open) document.getElementById(id)?.setAttribute('open', '');
  if (focused !== '') document.getElementById(focused)?.focus({ preventScroll: true });
}

async function refresh() {
  try {
    const response = await fetch('/page/live', { signal: AbortSignal.timeout(5_000) });
    if (!response.ok) throw new Error(String(response.status));
    const parts = await response.json();
    for (const [id, markup] of Object.entries(parts)) put(document.getElementById(id), markup);
    // Of a new process the token is another one.
    if (lost) location.reload();
  } catch {
    lost = true;
    say('The signer does not answer. What is shown is from before.', true);
  }
}

async function post(path, body) {
  const headers = { 'content-type': 'application/json', 'x-page-token': token };
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
  return { ok: response.ok, text: await response.text() };
}

async function evict(button) {
  button.disabled = true;
  const { ok, text } = await post('/page/evict', { id: button.dataset.evict });
  say(text, !ok);
  await refresh();
}

function explainRoute(id) {
  const option = [...routeChoice.options].find(({ value }) => value === id);
  const name = document.querySelector(`#${CSS.escape(id)} .name`)?.textContent ?? id;
  if (!option) routeChoice.add(new Option(name, id));
  routeChoice.value = id;
  showConfigField();
  document.getElementById('explain-title').scrollIntoView();
  document.getElementById('explain-request').focus({ preventScroll: true });
}

function showConfigField() {
  document.getElementById('explain-config-field').hidden = routeChoice.value !== '';
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (button?.dataset.evict) evict(button).catch(() => say('The signer does not answer.', true));
  if (button?.dataset.explain) explainRoute(button.dataset.explain);
});

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  explanation.setAttribute('aria-busy', 'true');
  try {
    const { ok, text } = await post('/page/explain', Object.fromEntries(new FormData(form)));
    if (ok) {
      explanation.innerHTML = text;
    } else {
      const problem = document.createElement('p');
      problem.className = 'problem';
      problem.textContent = text;
      explanation.replaceChildren(problem);
    }
  } catch {
    say('The signer does not answer.', true);
  }
  explanation.removeAttribute('aria-busy');
  explanation.firstElementChild?.scrollIntoView({ block: 'nearest' });
});

routeChoice.addEventListener('change', showConfigField);
pause.hidden = false;
pause.addEventListener('click', () => {
  paused = !paused;
  pause.setAttribute('aria-pressed', String(paused));
  pause.textContent = paused ? 'Go on' : 'Pause';
});

setInterval(() => {
  if (!paused && !document.hidden) refresh();
}, REFRESH_MS);
