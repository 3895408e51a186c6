// The page: what is shown, and what its controls do.

const SPEEDS = [1, 2, 4, 8, 16, 32];

class Page {
    constructor(runs) {
        this.runs = runs;
        this.moment = 0;
        this.lane = 0;
        this.other = null;
        // The task that was chosen; null follows the events.
        this.chosen = null;
        this.player = null;
        this.panes = [new Pane('', this), new Pane('other-', this)];
        byId('panes').append(this.panes[0].element);
        this.events = new EventList(byId('events-frame'), byId('events'), (moment) => this.go(moment));
        this.differences = new Map();
        this.bind();
        this.readHash();
    }

    get run() {
        return this.runs[this.lane];
    }

    get length() {
        return Math.max(this.run.length, this.other === null ? 0 : this.runs[this.other].length);
    }

    get difference() {
        if (this.other === null) {
            return undefined;
        }
        const key = `${this.lane} ${this.other}`;
        if (!this.differences.has(key)) {
            this.differences.set(key, firstDifference(this.run, this.runs[this.other]));
        }
        return this.differences.get(key);
    }

    bind() {
        const on = (id, act) => byId(id).addEventListener('click', act);
        on('first', () => this.go(0));
        on('step-back', () => this.go(this.run.lastStep(this.moment)));
        on('back', () => this.go(this.moment - 1));
        on('play', () => this.play());
        on('forward', () => this.go(this.moment + 1));
        on('step-forward', () => this.go(this.run.nextStep(this.moment)));
        on('last', () => this.go(this.length));
        on('show-help', () => byId('help').showModal());
        on('show-glossary', () => byId('glossary').showModal());
        on('go-to-difference', () => this.go(this.difference));
        on('theme', () => this.turnTheme());
        byId('slider').addEventListener('input', ({target}) => this.go(Number(target.value)));
        byId('number').addEventListener('change', ({target}) => this.go(Number(target.value)));
        byId('speed').addEventListener('change', () => this.player !== null && this.play(true));
        window.addEventListener('hashchange', () => this.readHash());
        matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.redraw());
        document.addEventListener('keydown', (key) => this.press(key));
    }

    // Goes to a moment; one that there is not is the nearest that there is.
    go(moment) {
        const wanted = Number.isFinite(moment) ? Math.round(moment) : this.moment;
        this.moment = Math.max(0, Math.min(this.length, wanted));
        this.show();
    }

    choose(task) {
        this.chosen = this.chosen === task ? null : task;
        this.show();
    }

    follow() {
        this.chosen = this.chosen === null ? this.panes[0].selected : null;
        this.show();
    }

    pick(task, moment) {
        this.chosen = task ?? this.chosen;
        this.go(moment ?? this.moment);
    }

    take(lane) {
        if (lane === this.other) {
            this.other = this.lane;
        }
        this.lane = lane;
        this.go(this.moment);
    }

    compare(lane) {
        this.other = lane;
        this.go(this.moment);
    }

    play(again = false) {
        const wasPlaying = this.player !== null;
        clearInterval(this.player);
        this.player = null;
        if (!wasPlaying || again) {
            if (this.moment === this.length) {
                this.moment = 0;
            }
            this.player = setInterval(() => this.tick(), 1000 / Number(byId('speed').value));
        }
        this.show();
    }

    tick() {
        if (this.moment + 1 >= this.length) {
            clearInterval(this.player);
            this.player = null;
        }
        this.go(this.moment + 1);
    }

    press(key) {
        const isField = key.target.matches('input, select, textarea');
        if (isField || key.ctrlKey || key.metaKey || key.altKey || document.querySelector('dialog[open]')) {
            return;
        }
        const pane = this.panes[0];
        const acts = {
            'ArrowRight': () => (key.shiftKey ? byId('step-forward') : byId('forward')).click(),
            'ArrowLeft': () => (key.shiftKey ? byId('step-back') : byId('back')).click(),
            'Home': () => this.go(0),
            'End': () => this.go(this.length),
            ' ': () => this.play(),
            'n': () => this.go(this.run.nextOf(pane.selected, this.moment)),
            'p': () => this.go(this.run.lastOf(pane.selected, this.moment)),
            '?': () => byId('help').showModal(),
            'Escape': () => tip.hide(),
        };
        // The space bar presses the button that has the focus.
        if (key.key in acts && !(key.key === ' ' && key.target.matches('button'))) {
            acts[key.key]();
            if (key.key !== 'Escape') {
                key.preventDefault();
            }
        }
    }

    show() {
        const {run, moment} = this;
        const other = this.other === null ? undefined : this.runs[this.other];
        document.body.classList.toggle('compares', other !== undefined);
        this.panes[0].show(run, moment, this.chosen, this.difference);
        if (other === undefined) {
            this.panes[1].element.remove();
        } else {
            byId('panes').append(...(this.panes[1].element.isConnected ? [] : [this.panes[1].element]));
            this.panes[1].show(other, moment, this.chosen, this.difference);
        }
        this.events.show(run, moment, this.difference);
        this.showControls();
        this.showLanes();
        this.showComparison(other);
        for (const part of [...this.panes.filter(({element}) => element.isConnected), this.events]) {
            part.settle();
        }
        this.writeHash();
    }

    showControls() {
        const {moment, length} = this;
        for (const [id, isOff] of [['first', moment === 0], ['step-back', moment === 0], ['back', moment === 0],
            ['forward', moment === length], ['step-forward', moment === length], ['last', moment === length]]) {
            // Not `disabled`: that would lose the focus at either end.
            byId(id).setAttribute('aria-disabled', String(isOff));
        }
        const slider = byId('slider');
        slider.max = length;
        slider.value = moment;
        slider.setAttribute('aria-valuetext', `event ${moment} of ${length}`);
        slider.style.setProperty('--done', length === 0 ? '0%' : `${(100 * moment) / length}%`);
        byId('number').max = length;
        byId('number').value = moment;
        byId('length').textContent = `of ${length}`;
        byId('play').setAttribute('aria-label', this.player === null ? 'Play' : 'Pause');
        byId('play').dataset.plays = this.player !== null;
        // Nobody can listen as fast as it plays.
        this.panes[0].parts.sentence.setAttribute('aria-live', this.player === null ? 'polite' : 'off');
        const out = this.run.total - this.run.length;
        byId('left-out').hidden = out === 0;
        byId('left-out').textContent = `The page has the first ${count(this.run.length, 'event', 'events')} of this run; ${count(out, 'more is', 'more are')} left out.`;
    }

    showLanes() {
        const button = (key, text, isOn, act) => element('button', {'type': 'button', 'data-key': key, 'aria-pressed': String(isOn), 'onclick': act}, text);
        refill(byId('lanes'), this.runs.map(({label}, i) => button(label, label, i === this.lane, () => this.take(i))));
        const others = this.runs.map(({label}, i) => (i === this.lane ? null : button(label, label, i === this.other, () => this.compare(i))));
        const nobody = button('', 'nothing', this.other === null, () => this.compare(null));
        refill(byId('others'), [nobody, ...others.filter((other) => other !== null)]);
        byId('choosers').hidden = this.runs.length < 2;
    }

    showComparison(other) {
        const comparison = byId('comparison');
        comparison.hidden = other === undefined;
        if (other === undefined) {
            return;
        }
        const {difference, run} = this;
        comparison.dataset.first = difference ?? '';
        const both = `${run.label} and ${other.label}`;
        const isWhole = run.total === run.length && other.total === other.length;
        const reach = isWhole ? `all ${count(run.length, 'event', 'events')}` : `as far as the page goes, ${count(run.length, 'event', 'events')}`;
        byId('verdict').textContent = difference === undefined
            ? `${both} are equal, event by event (${reach}). Places in the source and names of states are not compared.`
            : `${both} first differ at event ${difference}.`;
        byId('go-to-difference').hidden = difference === undefined;
    }

    // Browsers forbid to write it many times a second.
    writeHash() {
        clearTimeout(this.writing);
        const labels = [this.run, this.runs[this.other]].filter((run) => run !== undefined).map(({label}) => encodeURIComponent(label));
        const hash = `#${[this.moment, ...labels].join()}`;
        this.writing = setTimeout(() => {
            if (location.hash !== hash) {
                history.replaceState(null, '', hash);
            }
        }, 150);
    }

    readHash() {
        const [moment, ...labels] = location.hash.slice(1).split(',').map(decoded);
        const [lane, other] = labels.map((label) => this.runs.findIndex((run) => run.label === label));
        this.lane = lane >= 0 ? lane : this.lane;
        this.other = other >= 0 && other !== this.lane ? other : null;
        this.go(moment === '' ? 0 : Number(moment));
    }

    redraw() {
        for (const {timeline} of this.panes) {
            timeline.turnTheme();
        }
    }

    turnTheme() {
        const {dataset} = document.documentElement;
        const isDark = dataset.theme === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : dataset.theme === 'dark';
        dataset.theme = isDark ? 'light' : 'dark';
        this.redraw();
    }
}

function decoded(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}

// What a term means, beside it.
const tip = {
    element: byId('tip'),
    show({target}) {
        const word = target.closest?.('[data-term]');
        if (!word || !glossary.has(word.dataset.term)) {
            tip.hide();
            return;
        }
        tip.element.textContent = glossary.get(word.dataset.term);
        tip.element.hidden = false;
        word.setAttribute('aria-describedby', 'tip');
        const {left, bottom, top} = word.getBoundingClientRect();
        const {width, height} = tip.element.getBoundingClientRect();
        const below = bottom + 6 + height < innerHeight;
        tip.element.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
        tip.element.style.top = `${below ? bottom + 6 : top - height - 6}px`;
    },
    hide() {
        tip.element.hidden = true;
    },
};

for (const happening of ['mouseover', 'focusin']) {
    document.addEventListener(happening, tip.show);
}
document.addEventListener('scroll', tip.hide, {capture: true, passive: true});

byId('speed').append(...SPEEDS.map((speed) => element('option', {value: speed}, `${speed} a second`)));
byId('speed').value = '4';
byId('terms').append(...given.glossary.flatMap(([word, line]) => [element('dt', {}, word), element('dd', {}, line)]));
if (given.runs.length > 0) {
    new Page(given.runs.map((run) => new Run(run)));
} else {
    byId('left-out').textContent = 'There is no run in this page.';
    byId('left-out').hidden = false;
}
