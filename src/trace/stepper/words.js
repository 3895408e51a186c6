// Events in words.

// The parts of the sentence on an event: texts, {task} and {term}.
function parts(run, event) {
    const [, , task, kind, ...rest] = event;
    const who = task === null ? [] : [{task}, ' '];
    const whose = task === null ? [] : [' (', {task}, ')'];
    const word = {term: TERMS[kind]};
    switch (kind) {
        case SPAWNED:
            return rest[0] === null
                ? [...who, word, ': the ', {term: 'root'}]
                : [...who, word, ' by ', {task: rest[0]}];
        case BEGAN:
            return [...who, word, rest[0] === 0 ? '' : `: ${rest[0]} more ready`];
        case SUSPENDED:
            return [...who, word, rest[1] === null ? '' : `: waits for ${textOf(rest[1])}`];
        case WOKEN:
            return [...who, word, ' by ', cause(rest)];
        case ARMED:
            return [word, `: timer ${rest[0]}, for ${momentOf(rest[1])}`, ...whose];
        case FIRED:
        case DISARMED:
            return [word, `: timer ${rest[0]}`, ...whose];
        case CANCEL:
            return [...who, word, ...(rest[0] === null ? [] : [' by ', {task: rest[0]}])];
        case PRINTED: {
            const [label, text] = rest;
            const isKnown = label === null || (task !== null && textOf(label) === run.name(task));
            return [...who, word, ': ', isKnown ? '' : `${textOf(label)} `, `“${textOf(text)}”`];
        }
        case PANICKED:
            return [...who, word, `: ${textOf(rest[0])}`];
        case STUCK:
            return [word, ': no task can go on'];
        default:
            return [...who, word];
    }
}

function cause([by, number]) {
    if (by === BY_TASK) {
        return {task: number};
    }
    return by === BY_TIMER ? `timer ${number}` : 'somebody outside the loop';
}

// The event on one line.
function plain(run, event) {
    const text = (part) => part.term ?? (part.task === undefined ? part : run.name(part.task));
    return parts(run, event).map(text).join('');
}

// The event with its terms explained and its tasks to be chosen.
function spoken(run, event) {
    return parts(run, event).map((part) => {
        if (part.term !== undefined) {
            return term(part.term);
        }
        return part.task === undefined ? part : element('strong', {}, run.name(part.task));
    });
}

function count(number, one, many) {
    return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}
