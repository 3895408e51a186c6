// The state of the loop, rebuilt from what happened: by the three rules that the docs of `What` have, as `Replay` does in Rust.

class Loop {
    constructor(copied) {
        // By number, in the order in which they were heard of. A record is replaced, never changed: copies share it.
        this.tasks = new Map(copied?.tasks);
        // A set keeps the order in which its elements came, and takes none twice: a ready queue.
        this.queue = new Set(copied?.queue);
        this.timers = new Map(copied?.timers);
        this.running = copied?.running ?? null;
        this.printed = copied?.printed ?? 0;
        this.onChange = null;
    }

    apply(event) {
        const [, , id, kind, ...rest] = event;
        if (id !== null) {
            this.meet(id);
            this.happens(id, kind, rest);
        }
        if (kind === ARMED) {
            const [timer, deadline] = rest;
            this.timers.set(timer, {timer, deadline, task: id});
        } else if (kind === FIRED || kind === DISARMED) {
            this.timers.delete(rest[0]);
        } else if (kind === PRINTED) {
            this.printed += 1;
        }
    }

    happens(id, kind, rest) {
        if (kind === SPAWNED && this.tasks.get(id).spawnedAt === null) {
            const [by, , file, line] = rest;
            this.change(id, {by, spawnedAt: {file, line}});
        }
        if (isOver(this.tasks.get(id).standing)) {
            return;
        }
        switch (kind) {
            case SPAWNED:
            case WOKEN:
                this.enqueue(id);
                break;
            case BEGAN:
                this.begin(id);
                break;
            case SUSPENDED: {
                const [yields, waits, state, file, line] = rest;
                this.change(id, {state, place: line === null ? null : {file, line}});
                this.suspend(id, yields === 1, waits);
                break;
            }
            case CANCEL:
                this.change(id, {isCancelled: true});
                this.enqueue(id);
                break;
            case ENDED:
            case DROPPED:
            case PANICKED:
                this.queue.delete(id);
                this.release(id);
                this.change(id, {standing: TERMS[kind]});
                break;
        }
    }

    // Makes sure that the task is known.
    meet(id) {
        if (!this.tasks.has(id)) {
            this.tasks.set(id, {
                id, by: null, spawnedAt: null, standing: 'waiting', waits: null, state: null, place: null, isCancelled: false, steps: 0,
            });
        }
    }

    change(id, news) {
        const task = {...this.tasks.get(id), ...news};
        this.tasks.set(id, task);
        if (news.standing !== undefined) {
            this.onChange?.(task);
        }
    }

    // Puts it at the back of the queue, unless it stands there already.
    enqueue(id) {
        this.queue.add(id);
        if (this.running !== id) {
            const {isCancelled} = this.tasks.get(id);
            this.change(id, {standing: isCancelled ? 'leaving' : 'ready'});
        }
    }

    begin(id) {
        if (this.running !== null) {
            this.suspend(this.running, false, null);
        }
        this.queue.delete(id);
        this.running = id;
        this.change(id, {standing: 'running', steps: this.tasks.get(id).steps + 1});
    }

    // Woken in its own step it stands in the queue already, and stays where it stands.
    suspend(id, yields, waits) {
        this.release(id);
        if (yields || this.queue.has(id)) {
            this.enqueue(id);
        } else {
            this.change(id, {standing: 'waiting', waits});
        }
    }

    release(id) {
        if (this.running === id) {
            this.running = null;
        }
    }

    // The armed timers in the order in which they will fire.
    armed() {
        return [...this.timers.values()].sort((a, b) => a.deadline - b.deadline || a.timer - b.timer);
    }
}

function isOver(standing) {
    return standing === 'ended' || standing === 'dropped' || standing === 'panicked';
}
