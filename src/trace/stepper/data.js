// What the page was given, and a few words to build elements with.

const given = JSON.parse(document.getElementById('data').textContent);

// The numbers of the kinds of events. An event is [moment, step, task, kind, ...].
const [SPAWNED, BEGAN, SUSPENDED, WOKEN, ARMED, FIRED, DISARMED, CANCEL, PRINTED, ENDED, DROPPED, PANICKED, STUCK] =
    Array(13).keys();
const [BY_TASK, BY_TIMER] = Array(2).keys();

const TERMS = ['spawned', 'step begins', 'suspended', 'woken', 'timer armed', 'timer fired', 'timer disarmed',
    'cancel requested', 'printed', 'ended', 'dropped', 'panicked', 'stuck'];

const glossary = new Map(given.glossary);

const textOf = (index) => given.texts[index];
const momentOf = (index) => given.moments[index];

const byId = (id) => document.getElementById(id);

// An element with attributes (those whose value is null or false are left out) and children, which may be texts.
// Texts stay texts: nothing here reads markup.
function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name === 'onclick') {
            made.addEventListener('click', value);
        } else if (value !== null && value !== false && value !== undefined) {
            made.setAttribute(name, value);
        }
    }
    made.append(...children.filter((child) => child !== null));
    return made;
}

// Replaces what is in a list, and keeps the focus on the entry that had it.
function refill(list, children) {
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    list.replaceChildren(...children);
    if (focused !== undefined) {
        list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({preventScroll: true});
    }
}

// A word of the glossary: what it means is shown when it is pointed at or has the focus.
function term(word) {
    return element('span', {class: 'term', tabindex: '0', 'data-term': word}, word);
}

// Scrolls a frame so that one of its rows is seen with some of what is around it. The page itself stays where it is.
function reveal(frame, row) {
    if (row === null || frame.clientHeight === 0) {
        return;
    }
    const [inner, outer] = [row.getBoundingClientRect(), frame.getBoundingClientRect()];
    const margin = Math.min(2 * inner.height, outer.height / 4);
    if (inner.top < outer.top + margin || inner.bottom > outer.bottom - margin) {
        frame.scrollTop += inner.top - outer.top - outer.height / 3;
    }
}
