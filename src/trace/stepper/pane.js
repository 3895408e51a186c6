// What one run looks like at one moment.

// So many are shown of a list that may be long.
const MOST = {queue: 24, timers: 10, tasks: 40, output: 40};

const SIGNS = {running: '►', ready: '○', waiting: '–', leaving: '◌', ended: '✓', dropped: '✕', panicked: '!'};

class Pane {
    // Of its elements the first pane has the ids as they are; the other's begin with `other-`.
    constructor(prefix, page) {
        this.page = page;
        this.element = byId('pane').content.firstElementChild.cloneNode(true);
        this.parts = {};
        for (const part of this.element.querySelectorAll('[data-part]')) {
            this.parts[part.dataset.part] = part;
            part.id = prefix + part.dataset.part;
        }
        for (const section of this.element.querySelectorAll('section')) {
            const heading = section.querySelector('h2, h3');
            heading.id ||= `${prefix}${section.className}-heading`;
            section.setAttribute('aria-labelledby', heading.id);
        }
        const {place, note, source, frame, canvas} = this.parts;
        this.source = new SourceView(place, note, source);
        this.timeline = new Timeline(frame, canvas, (task, moment) => page.pick(task, moment));
        this.firstRow = 0;
        this.parts.earlier.addEventListener('click', () => this.turn(-MOST.tasks));
        this.parts.later.addEventListener('click', () => this.turn(MOST.tasks));
        this.parts.before.addEventListener('click', () => page.go(this.run.lastOf(this.selected, page.moment)));
        this.parts.after.addEventListener('click', () => page.go(this.run.nextOf(this.selected, page.moment)));
        this.parts.follow.addEventListener('click', () => page.follow());
    }

    show(run, moment, chosen, difference) {
        const {parts} = this;
        const at = run.clamp(moment);
        const selected = chosen ?? run.taskAt(at);
        if (run !== this.run || selected !== this.selected) {
            this.firstRow = Math.floor([...run.all.keys()].indexOf(selected) / MOST.tasks) * MOST.tasks;
        }
        Object.assign(this, {run, at, chosen, selected, loop: run.at(at)});
        this.showMoment(moment, difference);
        this.showQueue();
        this.showTimers();
        this.showTasks();
        this.showOutput();
        for (const entry of parts.legend.children) {
            entry.hidden = !run.standings.has(entry.textContent.trim());
        }
        this.source.show(run, this.loop, selected);
        this.showSelection();
    }

    // Scrolls, when everything is in its place: to ask for sizes in between would have the page laid out again and again.
    settle() {
        const {tasks, output} = this.parts;
        reveal(tasks, tasks.querySelector('li[aria-current]'));
        output.scrollTop = output.scrollHeight;
        this.timeline.settle();
        this.source.settle();
    }

    turn(by) {
        this.firstRow += by;
        this.showTasks();
    }

    showMoment(moment, difference) {
        const {run, at, parts} = this;
        const event = run.event(at);
        parts.label.textContent = run.label;
        parts.moment.dataset.moment = at;
        parts.event.textContent = at === 0 ? 'Before the run' : `Event ${at} of ${run.length}`;
        parts.clock.textContent = event === undefined ? '0s' : momentOf(event[0]);
        parts.step.textContent = String(run.stepAt(at));
        const isOut = moment > run.length;
        const words = event === undefined ? ['Nothing has happened yet.'] : spoken(run, event);
        parts.sentence.replaceChildren(...(isOut ? ['The run is over.'] : words));
        parts.sentence.dataset.kind = event === undefined ? '' : TERMS[event[3]];
        parts.differs.hidden = difference === undefined || moment < difference;
        parts.differs.textContent = moment === difference ? '≠ Here the two runs differ.' : `≠ The two runs first differ at event ${difference}.`;
    }

    // A button that chooses a task.
    task(id, ...more) {
        const attributes = {
            'type': 'button', 'class': 'task', 'data-key': `task ${id}`,
            'aria-pressed': String(id === this.chosen), 'onclick': () => this.page.choose(id),
        };
        return element('button', attributes, this.run.name(id), ...more);
    }

    fill(part, all, most, nobody, entry) {
        const list = this.parts[part];
        const shown = all.slice(0, most).map(entry);
        if (all.length > most) {
            shown.push(element('li', {class: 'more'}, `and ${count(all.length - most, 'more', 'more')}`));
        } else if (all.length === 0) {
            shown.push(element('li', {class: 'nobody'}, nobody));
        }
        list.dataset.count = all.length;
        refill(list, shown);
    }

    showQueue() {
        const queue = [...this.loop.queue];
        this.fill('queue', queue, MOST.queue, 'Nobody is ready.', (id) => {
            const current = id === this.selected ? 'true' : null;
            return element('li', {'data-task': id, 'aria-current': current}, this.task(id));
        });
    }

    showTimers() {
        this.fill('timers', this.loop.armed(), MOST.timers, 'No timer is armed.', ({timer, deadline, task}) => {
            const attributes = {'data-timer': timer, 'data-deadline': momentOf(deadline), 'data-task': task};
            const whom = task === null ? 'somebody' : this.task(task);
            return element('li', attributes, element('b', {}, momentOf(deadline)), ' wakes ', whom, element('small', {}, ` timer ${timer}`));
        });
    }

    showTasks() {
        const {run, loop, parts} = this;
        const rows = [...run.all.keys()].slice(this.firstRow, this.firstRow + MOST.tasks);
        const present = rows.filter((id) => loop.tasks.has(id));
        this.fill('tasks', present, MOST.tasks, 'No task yet.', (id) => this.taskRow(loop.tasks.get(id)));
        parts.tasks.dataset.count = loop.tasks.size;
        parts.counts.textContent = this.summary();
        parts.turning.hidden = run.all.size <= MOST.tasks;
        parts.earlier.disabled = this.firstRow === 0;
        parts.later.disabled = this.firstRow + MOST.tasks >= run.all.size;
        parts.rows.textContent = `${this.firstRow + 1} to ${this.firstRow + rows.length} of ${run.all.size}`;
        this.timeline.show(run, this.at, rows, this.selected);
    }

    summary() {
        const alive = [...this.loop.tasks.values()].filter(({standing}) => !isOver(standing)).length;
        return `${alive.toLocaleString('en')} of ${count(this.loop.tasks.size, 'task', 'tasks')} alive`;
    }

    taskRow(task) {
        const {id, standing, waits, state, by} = task;
        const details = [];
        if (standing === 'waiting' && waits !== null) {
            details.push(`for ${textOf(waits)}`);
        } else if (standing === 'waiting') {
            details.push('for something that is not known');
        }
        const attributes = {
            'data-task': id, 'data-state': standing, 'data-waits': standing === 'waiting' && waits !== null ? textOf(waits) : null,
            'data-machine': state === null ? null : textOf(state), 'aria-current': id === this.selected ? 'true' : null,
        };
        const spawner = by === null ? (id === 0 ? 'root' : '') : `by ${this.run.name(by)}`;
        return element('li', attributes,
            this.task(id),
            element('span', {class: 'standing'}, element('i', {'aria-hidden': 'true'}, SIGNS[standing]), this.standing(standing)),
            element('span', {class: 'details'}, ...details),
            element('code', {class: 'machine'}, state === null || isOver(standing) ? '' : textOf(state)),
            element('small', {class: 'spawner'}, spawner));
    }

    // Explained when it is pointed at. To stop at it with the tab key in every row would be too often.
    standing(standing) {
        return element('span', {class: 'term', 'data-term': standing}, standing);
    }

    // The last lines; whoever wants those before goes back.
    showOutput() {
        const {run, loop, parts} = this;
        const from = Math.max(0, loop.printed - MOST.output);
        const lines = run.printed.slice(from, loop.printed).map((index, i) => {
            const [moment, , , , label, text] = run.events[index];
            return element('li', {'data-line': from + i},
                element('small', {}, momentOf(moment)),
                element('b', {}, label === null ? '' : textOf(label)),
                element('span', {}, textOf(text)));
        });
        if (from > 0) {
            lines.unshift(element('li', {class: 'more'}, `${count(from, 'line', 'lines')} before`));
        } else if (lines.length === 0) {
            lines.push(element('li', {class: 'nobody'}, 'Nothing has been printed.'));
        }
        parts.output.dataset.count = loop.printed;
        parts.output.replaceChildren(...lines);
    }

    showSelection() {
        const {run, selected, parts, page} = this;
        parts.follow.setAttribute('aria-pressed', String(this.chosen === null));
        parts.before.disabled = run.lastOf(selected, page.moment) === undefined;
        parts.after.disabled = run.nextOf(selected, page.moment) === undefined;
        const name = selected === null ? 'the task' : run.name(selected);
        parts.before.setAttribute('aria-label', `Previous event of ${name}`);
        parts.after.setAttribute('aria-label', `Next event of ${name}`);
        parts.who.textContent = selected === null ? '' : run.name(selected);
    }
}
