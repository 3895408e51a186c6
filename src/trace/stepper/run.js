// A run: its events, and the state of the loop after each of them. Moment k is the one after the first k events.

// Between two copies of the state. The way from a copy to any moment is at most this long.
const STRIDE = 400;

class Run {
    constructor({label, total, names, events}) {
        this.label = label;
        this.total = total;
        this.events = events;
        this.length = events.length;
        this.names = new Map(names);
        this.copies = [];
        this.printed = [];
        // By task: [column, standing], where the standing changes. The column of a step is its number; column 0 is before the first.
        this.spans = new Map();
        // By task: the numbers of its events. An event's number is the moment after it.
        this.eventsOf = new Map();
        // By step: the number of the event that begins it.
        this.begins = [0];
        this.standings = new Set();
        this.read();
    }

    read() {
        const loop = new Loop();
        let step = 0;
        loop.onChange = (task) => this.noteStanding(task, step);
        this.events.forEach((event, i) => {
            if (i % STRIDE === 0) {
                this.copies.push(new Loop(loop));
            }
            step = event[1];
            if (event[3] === BEGAN) {
                this.begins[step] = i + 1;
            } else if (event[3] === PRINTED) {
                this.printed.push(i);
            }
            if (event[2] !== null) {
                const own = this.eventsOf.get(event[2]) ?? [];
                own.push(i + 1);
                this.eventsOf.set(event[2], own);
            }
            loop.apply(event);
        });
        this.steps = step;
        this.all = loop.tasks;
    }

    // In a step's column a task stands as it does at the end of the step. Who has run in it, however, has run in it.
    noteStanding(task, step) {
        this.standings.add(task.standing);
        const spans = this.spans.get(task.id) ?? [];
        this.spans.set(task.id, spans);
        const last = spans.at(-1);
        const ran = spans.findLast(([column]) => column <= step);
        const column = ran?.[1] === 'running' && ran[0] === step && task.standing !== 'running' ? step + 1 : step;
        if (last !== undefined && last[0] >= column) {
            spans.pop();
        }
        spans.push([column, task.standing]);
    }

    at(moment) {
        const copy = Math.max(0, Math.min(Math.floor(moment / STRIDE), this.copies.length - 1));
        const loop = new Loop(this.copies[copy]);
        for (let i = copy * STRIDE; i < moment; i += 1) {
            loop.apply(this.events[i]);
        }
        return loop;
    }

    event(moment) {
        return moment > 0 ? this.events[moment - 1] : undefined;
    }

    clamp(moment) {
        return Math.max(0, Math.min(this.length, moment));
    }

    name(task) {
        return this.names.has(task) ? textOf(this.names.get(task)) : `task ${task}`;
    }

    // The task of the event, or of the last one before it that has one.
    taskAt(moment) {
        for (let k = moment; k > 0; k -= 1) {
            const [, , task] = this.event(k);
            if (task !== null) {
                return task;
            }
        }
        return this.event(1)?.[2] ?? null;
    }

    stepAt(moment) {
        return this.event(moment)?.[1] ?? 0;
    }

    // The moment at which the step before or after begins.
    nextStep(moment) {
        return this.begins.find((begin) => begin > moment) ?? this.length;
    }

    lastStep(moment) {
        return this.begins.findLast((begin) => begin < moment) ?? 0;
    }

    nextOf(task, moment) {
        return this.eventsOf.get(task)?.find((k) => k > moment);
    }

    lastOf(task, moment) {
        return this.eventsOf.get(task)?.findLast((k) => k < moment);
    }
}

// What of an event is the same in every lane: not the places in the source, nor the names of states.
function shared(event) {
    const isLanes = event[3] === SPAWNED || event[3] === SUSPENDED;
    return isLanes ? event.slice(0, 6) : event;
}

// The number of the first event that two runs do not share; `undefined` if they are equal.
function firstDifference(left, right) {
    for (let i = 0; i < Math.max(left.length, right.length); i += 1) {
        const [a, b] = [left.events[i], right.events[i]];
        if (a === undefined || b === undefined || shared(a).join() !== shared(b).join()) {
            return i + 1;
        }
    }
    return undefined;
}
