// The list of all events. Only those in the frame are in the page: a few dozen of perhaps twenty thousand.

const HEIGHT = 30;

class EventList {
    constructor(frame, list, onPick) {
        this.frame = frame;
        this.list = list;
        this.onPick = onPick;
        frame.addEventListener('scroll', () => this.draw());
        this.height = 0;
        new ResizeObserver(([{contentRect}]) => {
            this.height = contentRect.height;
            this.settle();
        }).observe(frame);
    }

    show(run, moment, difference) {
        Object.assign(this, {run, moment, difference});
        this.list.style.height = `${run.length * HEIGHT}px`;
    }

    settle() {
        const top = (this.moment - 1) * HEIGHT;
        const {scrollTop} = this.frame;
        if (top < scrollTop + HEIGHT || top > scrollTop + this.height - 2 * HEIGHT) {
            this.frame.scrollTop = top - this.height / 3;
        }
        this.draw();
    }

    draw() {
        const first = Math.max(1, Math.floor(this.frame.scrollTop / HEIGHT) - 4);
        const last = Math.min(this.run.length, first + Math.ceil(this.height / HEIGHT) + 8);
        const rows = [];
        for (let k = first; k <= last; k += 1) {
            rows.push(this.row(k));
        }
        refill(this.list, rows);
    }

    row(k) {
        const {run} = this;
        const event = run.event(k);
        const isCurrent = k === this.moment;
        const differs = k === this.difference;
        const moves = event[0] !== run.event(k - 1)?.[0];
        const button = element('button', {
            'type': 'button', 'data-key': k, 'tabindex': isCurrent ? '0' : '-1', 'aria-current': isCurrent ? 'step' : null,
            'title': plain(run, event), 'onclick': () => this.onPick(k),
        }, element('small', {}, String(k)), element('span', {}, differs ? '≠ differs: ' : '', plain(run, event)), element('small', {}, moves ? momentOf(event[0]) : ''));
        const attributes = {
            'data-event': k, 'data-kind': TERMS[event[3]], 'aria-posinset': k, 'aria-setsize': run.length,
            'class': differs ? 'differs' : null,
        };
        const row = element('li', attributes, button);
        row.style.top = `${(k - 1) * HEIGHT}px`;
        return row;
    }
}
