// The source beside the run: lines with numbers, and who stands where.

const KEYWORDS = new Set(('as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut '
    + 'pub ref return self Self static struct super trait true type unsafe use where while yield').split(' '));

// Comments, strings, characters (a lifetime is none), attributes, numbers, words. Enough for Rust that compiles.
const TOKEN = new RegExp([
    /(?<comment>\/\/[^\n]*|\/\*[^]*?\*\/)/,
    /(?<string>b?r(?<hashes>#*)"[^]*?"\k<hashes>|b?"(?:\\[^]|[^"\\])*"|b?'(?:\\[^']+|[^'\\\n])')/,
    /(?<attribute>#!?\[[^\]\n]*\])/,
    /(?<literal>\b\d\w*(?:\.\d\w*)?)/,
    /(?<word>\b[A-Za-z_]\w*)/,
].map((part) => part.source).join('|'), 'gu');

// More lines than this are not shown at once.
const MOST_LINES = 400;
// So many tasks are named at the end of a line.
const MOST_NAMES = 3;

// A text as lines of [kind, text].
function highlighted(text) {
    const lines = [[]];
    const put = (kind, piece) => piece.split('\n').forEach((part, i) => {
        if (i > 0) {
            lines.push([]);
        }
        if (part !== '') {
            lines.at(-1).push([kind, part]);
        }
    });
    let end = 0;
    for (const match of text.matchAll(TOKEN)) {
        put('', text.slice(end, match.index));
        const {word} = match.groups;
        const kinds = ['comment', 'string', 'attribute', 'literal'];
        const kind = word === undefined ? kinds.find((name) => match.groups[name] !== undefined) : wordKind(word);
        put(kind, match[0]);
        end = match.index + match[0].length;
    }
    put('', text.slice(end));
    return lines;
}

function wordKind(word) {
    if (KEYWORDS.has(word)) {
        return 'keyword';
    }
    return /^[A-Z]/u.test(word) ? 'type' : '';
}

class Source {
    constructor({label, file, first, text}) {
        this.label = label;
        this.file = file;
        this.first = first;
        this.text = text.replace(/\n$/u, '');
        this.last = first + this.text.split('\n').length - 1;
    }

    get lines() {
        this.highlighted ??= highlighted(this.text);
        return this.highlighted;
    }

    has(place) {
        return place !== null && textOf(place.file) === this.file && this.first <= place.line && place.line <= this.last;
    }
}

const sources = given.sources.map((source) => new Source(source));

// Where a task stands, and in which sense.
function standingPlace(task) {
    if (task.place === null) {
        return {place: task.spawnedAt, sense: 'spawned', words: task.steps === 0 ? 'spawned here' : 'spawned here; where it stands is not known'};
    }
    if (task.standing === 'waiting' || task.standing === 'ready') {
        return {place: task.place, sense: 'stands', words: task.standing === 'ready' ? 'goes on here' : 'waits here'};
    }
    const words = {running: 'has gone on from here', leaving: 'was left here'}[task.standing] ?? 'was last here';
    return {place: task.place, sense: 'last', words};
}

// A source in its frame. It is built anew only if another part of it is to be seen.
class SourceView {
    constructor(title, note, list) {
        this.title = title;
        this.note = note;
        this.list = list;
        this.key = null;
        this.marked = [];
        this.current = null;
    }

    show(run, loop, selected) {
        const task = loop.tasks.get(selected);
        const {place, sense, words} = task === undefined ? {place: null} : standingPlace(task);
        const own = sources.filter((source) => source.label === run.label);
        const source = own.find((one) => one.has(place)) ?? this.kept(own) ?? own[0];
        const where = place && place.line !== null ? `${textOf(place.file)}:${place.line}` : null;
        this.title.textContent = where ?? source?.file ?? '';
        this.note.textContent = this.remark(run, selected, task, where, words, source?.has(place));
        this.list.parentElement.hidden = source === undefined;
        if (source === undefined) {
            this.current = null;
            return;
        }
        const line = source.has(place) ? place.line : null;
        this.build(source, line ?? source.first);
        this.mark(run, loop, source, line, sense, words, selected);
    }

    kept(own) {
        return own.find((source) => source === this.source);
    }

    remark(run, selected, task, where, words, isShown) {
        if (selected === null) {
            return 'No task has been heard of yet.';
        }
        const name = run.name(selected);
        if (task === undefined) {
            return `${name} is not there yet.`;
        }
        if (where === null) {
            return `Where ${name} stands is not known.`;
        }
        const state = task.state === null ? '' : ` Its state there: ${textOf(task.state)}.`;
        return `${name}: ${words}.${state}${isShown ? '' : ' The source of this place is not in the page.'}`;
    }

    build(source, line) {
        const length = source.lines.length;
        const middle = Math.floor((line - source.first) / MOST_LINES) * MOST_LINES;
        const from = length <= MOST_LINES ? 0 : Math.max(0, middle - MOST_LINES / 4);
        const lines = source.lines.slice(from, from + MOST_LINES + MOST_LINES / 2);
        const key = `${source.label} ${source.file} ${source.first} ${from}`;
        if (key === this.key) {
            return;
        }
        this.key = key;
        this.source = source;
        const shown = lines.map((pieces, i) => this.row(pieces, source.first + from + i));
        this.list.replaceChildren(...shown);
        this.list.style.setProperty('--digits', String(source.last).length);
        this.marked = [];
    }

    row(pieces, number) {
        const code = pieces.map(([kind, text]) => (kind === '' ? text : element('span', {class: kind}, text)));
        // The blanks at the beginning are there to be copied; what is seen of them, the style says.
        const blanks = typeof code[0] === 'string' ? code[0].search(/\S|$/u) : 0;
        if (blanks > 0) {
            code.splice(0, 1, element('span', {class: 'blanks'}, code[0].slice(0, blanks)), code[0].slice(blanks));
        }
        const row = element('li', {'data-line': number}, element('span', {class: 'number'}, String(number)), element('code', {}, ...code));
        row.style.setProperty('--blanks', blanks);
        return row;
    }

    mark(run, loop, source, line, sense, words, selected) {
        for (const row of this.marked) {
            row.removeAttribute('aria-current');
            delete row.dataset.sense;
            row.querySelector('.here')?.remove();
        }
        this.marked = [];
        for (const [number, names] of this.others(run, loop, source, selected)) {
            const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
            this.put(number, 'here', names.slice(0, MOST_NAMES).join(', ') + more);
        }
        const row = line === null ? null : this.put(line, 'here mine', `${run.name(selected)} ${words}`);
        this.current = row;
        if (row !== null) {
            row.dataset.sense = sense;
            row.setAttribute('aria-current', 'true');
        }
    }

    settle() {
        reveal(this.list.parentElement, this.current);
    }

    put(line, kind, text) {
        const row = this.list.querySelector(`[data-line="${line}"]`);
        if (row !== null) {
            const here = row.querySelector('.here') ?? element('span', {class: kind});
            here.className = kind;
            here.textContent = here.textContent === '' ? text : `${text}; also here: ${here.textContent}`;
            row.append(here);
            this.marked.push(row);
        }
        return row;
    }

    // By line: the names of the others that stand there.
    others(run, loop, source, selected) {
        const there = new Map();
        for (const task of loop.tasks.values()) {
            if (task.id !== selected && task.place !== null && !isOver(task.standing) && source.has(task.place)) {
                const names = there.get(task.place.line) ?? [];
                names.push(run.name(task.id));
                there.set(task.place.line, names);
            }
        }
        return there;
    }
}
