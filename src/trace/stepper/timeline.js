// The timeline: a row a task, a column a step. Drawn, for it may have thousands of both; the event list says the same in words.

const ROW = 24;
const AXIS = 36;
const [NARROWEST, WIDEST] = [9, 44];

class Timeline {
    constructor(frame, canvas, onPick) {
        this.frame = frame;
        this.canvas = canvas;
        this.paper = canvas.getContext('2d');
        this.onPick = onPick;
        canvas.addEventListener('click', (click) => this.pick(click));
        this.colours = {};
        this.font = getComputedStyle(document.body).fontFamily;
        this.width = 0;
        new ResizeObserver(([{contentRect}]) => {
            this.width = contentRect.width;
            this.draw();
        }).observe(frame);
    }

    // To be asked for again when the theme turns.
    colour(name) {
        this.style ??= getComputedStyle(this.canvas);
        this.colours[name] ??= this.style.getPropertyValue(`--${name}`);
        return this.colours[name];
    }

    turnTheme() {
        this.colours = {};
        this.draw();
    }

    show(run, moment, tasks, selected) {
        Object.assign(this, {run, moment, tasks, selected});
        const words = `${count(tasks.length, 'task', 'tasks')} and ${count(run.steps, 'step', 'steps')}, at step ${run.stepAt(moment)}.`;
        this.canvas.setAttribute('aria-label', `Timeline of ${words} The list of events says the same in words.`);
        this.draw();
    }

    // What goes where: the labels' width, the columns' width, and the first column to be seen.
    measure() {
        const {width} = this;
        this.paper.font = `600 12px ${this.font}`;
        const longest = Math.max(0, ...this.tasks.map((task) => this.paper.measureText(this.run.name(task)).width));
        const labels = Math.min(Math.max(64, longest + 22), width * 0.3);
        // One before the first step, and one after the last for the ends.
        const columns = this.run.steps + 2;
        const room = width - labels - 12;
        const column = Math.max(NARROWEST, Math.min(WIDEST, room / columns));
        const seen = Math.max(1, Math.floor(room / column));
        const step = this.run.stepAt(this.moment);
        const first = Math.max(0, Math.min(columns - seen, step - Math.floor(seen * 0.6)));
        Object.assign(this, {labels, column, seen, first, columns});
    }

    x(step) {
        return this.labels + (step - this.first) * this.column;
    }

    draw() {
        if (this.run === undefined || this.width === 0) {
            return;
        }
        this.measure();
        const height = AXIS + this.tasks.length * ROW + 4;
        const scale = window.devicePixelRatio || 1;
        this.canvas.width = Math.round(this.width * scale);
        this.canvas.height = Math.round(height * scale);
        this.canvas.style.height = `${height}px`;
        this.paper.setTransform(scale, 0, 0, scale, 0, 0);
        this.height = height;
        this.drawCursor();
        this.drawAxis();
        this.tasks.forEach((task, row) => this.drawRow(task, AXIS + row * ROW));
    }

    drawCursor() {
        const {paper} = this;
        paper.fillStyle = this.colour('cursor');
        paper.fillRect(this.x(this.run.stepAt(this.moment)), 16, this.column, this.height - 16);
    }

    // Numbers of steps, and above them the clock where it moves.
    drawAxis() {
        const {paper, run} = this;
        paper.font = `11px ${this.font}`;
        paper.textBaseline = 'middle';
        paper.textAlign = 'left';
        const every = [1, 2, 5, 10, 20, 50, 100].find((step) => step * this.column >= 26) ?? 100;
        let clockEnd = 0;
        for (let step = this.first; step < Math.min(this.columns, this.first + this.seen); step += 1) {
            const x = this.x(step);
            if (step % every === 0 && step <= run.steps) {
                paper.fillStyle = this.colour('muted');
                paper.textAlign = 'center';
                paper.fillText(String(step), x + this.column / 2, 26);
                paper.textAlign = 'left';
            }
            const [now, before] = [step, step - 1].map((one) => run.event(Math.max(1, run.begins[one] ?? 0))?.[0]);
            const moves = step === this.first || now !== before;
            if (moves && step <= run.steps && now !== undefined) {
                const text = momentOf(now);
                const fits = x > clockEnd && x + paper.measureText(text).width + 4 < this.width;
                const top = fits ? 4 : 34;
                paper.fillStyle = this.colour('line');
                paper.fillRect(x, top, 1, this.height - top);
                if (fits) {
                    paper.fillStyle = this.colour('ink');
                    paper.fillText(text, x + 4, 9);
                    clockEnd = x + paper.measureText(text).width + 10;
                }
            }
        }
    }

    drawRow(task, y) {
        const {paper, run} = this;
        const isSelected = task === this.selected;
        if (isSelected) {
            paper.fillStyle = this.colour('selected');
            paper.fillRect(0, y, this.labels - 6, ROW - 2);
        }
        paper.fillStyle = this.colour('ink');
        paper.font = `${isSelected ? '600 ' : ''}12px ${this.font}`;
        paper.textAlign = 'left';
        paper.fillText(this.fitted(run.name(task)), 8, y + ROW / 2 - 1);
        const spans = run.spans.get(task) ?? [];
        let i = Math.max(0, spans.findLastIndex(([column]) => column <= this.first));
        const last = this.first + this.seen;
        const now = run.stepAt(this.moment);
        for (; i < spans.length && spans[i][0] < last; i += 1) {
            const [from, standing] = spans[i];
            const to = Math.min(spans[i + 1]?.[0] ?? this.columns, last);
            // What is to come is paler.
            if (isOver(standing)) {
                if (from >= this.first) {
                    this.drawEnd(standing, this.x(from) + 5, y + ROW / 2 - 1, from <= now + 1 ? 1 : 0.4);
                }
                continue;
            }
            const cut = Math.max(from, Math.min(to, now + 1));
            this.drawSpan(standing, Math.max(from, this.first), cut, y, 1);
            this.drawSpan(standing, Math.max(cut, this.first), to, y, 0.4);
        }
    }

    drawSpan(standing, from, to, y, strength) {
        if (from >= to) {
            return;
        }
        const {paper} = this;
        const [left, right, middle] = [this.x(from), this.x(to), y + ROW / 2 - 1];
        const width = right - left;
        paper.globalAlpha = strength;
        paper.strokeStyle = paper.fillStyle = this.colour(standing);
        paper.lineWidth = 1.5;
        if (standing === 'running') {
            paper.beginPath();
            paper.roundRect(left + 1, y + 3, Math.max(2, width - 2), ROW - 8, 3);
            paper.fill();
        } else if (standing === 'ready') {
            paper.beginPath();
            paper.roundRect(left + 1.5, y + 7.5, Math.max(2, width - 3), ROW - 17, 3);
            paper.globalAlpha = strength * 0.25;
            paper.fill();
            paper.globalAlpha = strength;
            paper.stroke();
        } else if (standing === 'waiting' || standing === 'leaving') {
            paper.setLineDash(standing === 'leaving' ? [3, 3] : []);
            paper.beginPath();
            paper.moveTo(left + 1, middle);
            paper.lineTo(right - 1, middle);
            paper.stroke();
            paper.setLineDash([]);
        }
        paper.globalAlpha = 1;
    }

    drawEnd(standing, x, y, strength) {
        const {paper} = this;
        paper.globalAlpha = strength;
        paper.strokeStyle = paper.fillStyle = this.colour(standing);
        paper.lineWidth = 2;
        paper.beginPath();
        if (standing === 'ended') {
            paper.arc(x, y, 3.5, 0, 2 * Math.PI);
            paper.fill();
        } else if (standing === 'dropped') {
            paper.moveTo(x - 3.5, y - 3.5);
            paper.lineTo(x + 3.5, y + 3.5);
            paper.moveTo(x + 3.5, y - 3.5);
            paper.lineTo(x - 3.5, y + 3.5);
            paper.stroke();
        } else {
            paper.moveTo(x, y - 6);
            paper.lineTo(x, y + 1);
            paper.moveTo(x, y + 4);
            paper.lineTo(x, y + 6);
            paper.stroke();
        }
        paper.globalAlpha = 1;
    }

    fitted(name) {
        let text = name;
        while (text.length > 1 && this.paper.measureText(text).width > this.labels - 18) {
            text = `${text.slice(0, text.endsWith('…') ? -2 : -1)}…`;
        }
        return text;
    }

    // Keeps the row of the selected task in the frame.
    settle() {
        const row = this.tasks.indexOf(this.selected);
        const top = AXIS + row * ROW;
        if (row >= 0 && (top < this.frame.scrollTop || top + ROW > this.frame.scrollTop + this.frame.clientHeight)) {
            this.frame.scrollTop = top - this.frame.clientHeight / 2;
        }
    }

    pick({offsetX, offsetY}) {
        const task = this.tasks[Math.floor((offsetY - AXIS) / ROW)];
        const step = this.first + Math.floor((offsetX - this.labels) / this.column);
        const isStep = offsetX >= this.labels && step < this.columns;
        this.onPick(task, isStep ? this.run.begins[step] ?? null : null);
    }
}
