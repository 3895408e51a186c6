//! Who waits for whom, all the way round.

/// What each of the waiting needs to go on: one of several alternatives, each of which asks for all of those in it. An alternative without anybody is
/// somebody else's to fulfil: whoever has one is in no circle. Whoever has no alternative waits for nothing that could happen.
pub(crate) type Needs = Vec<Vec<usize>>;

/// A circle among tasks that could not go on even if all that is not a task's doing happened; from its first task on, each needs the next, and
/// the last the first. Empty if there is none.
///
/// O(tasks + needs), and no recursion: chains of joins may be a hundred thousand long.
pub(crate) fn find(needs: &[Needs]) -> Vec<usize> {
    let freed = free(needs);
    let stuck_needs = |task: usize| needs[task].iter().flatten().filter(|task| !freed[**task]);
    let mut marks = vec![Mark::Unseen; needs.len()];
    for start in (0..needs.len()).filter(|task| !freed[*task]) {
        if marks[start] != Mark::Unseen {
            continue;
        }
        marks[start] = Mark::OnPath;
        let mut path = vec![(start, stuck_needs(start))];
        while let Some((task, rest)) = path.last_mut() {
            let Some(&next) = rest.next() else {
                marks[*task] = Mark::Done;
                path.pop();
                continue;
            };
            match marks[next] {
                Mark::Done => {}
                Mark::Unseen => {
                    marks[next] = Mark::OnPath;
                    path.push((next, stuck_needs(next)));
                }
                Mark::OnPath => {
                    let circle = path.iter().map(|(task, _)| *task);
                    let mut circle: Vec<_> = circle.skip_while(|task| *task != next).collect();
                    let first = (0..circle.len()).min_by_key(|i| circle[*i]).unwrap_or(0);
                    circle.rotate_left(first);
                    return circle;
                }
            }
        }
    }
    Vec::new()
}

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Unseen,
    OnPath,
    Done,
}

/// Which tasks could go on if all happened that is no task's doing, and whoever can go on ended.
fn free(needs: &[Needs]) -> Vec<bool> {
    let mut open: Vec<Vec<usize>> = needs
        .iter()
        .map(|alternatives| alternatives.iter().map(Vec::len).collect())
        .collect();
    let mut needed_by = vec![Vec::new(); needs.len()];
    for (task, alternatives) in needs.iter().enumerate() {
        for (i, alternative) in alternatives.iter().enumerate() {
            for needed in alternative {
                needed_by[*needed].push((task, i));
            }
        }
    }
    let mut freed: Vec<bool> = open.iter().map(|open| open.contains(&0)).collect();
    let mut news: Vec<usize> = (0..needs.len()).filter(|task| freed[*task]).collect();
    while let Some(free) = news.pop() {
        for (task, i) in std::mem::take(&mut needed_by[free]) {
            open[task][i] -= 1;
            if open[task][i] == 0 && !freed[task] {
                freed[task] = true;
                news.push(task);
            }
        }
    }
    freed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(needed: usize) -> Needs {
        vec![vec![needed]]
    }

    fn somebody_elses() -> Needs {
        vec![vec![]]
    }

    #[test]
    fn a_chain_is_no_circle() {
        assert!(find(&[one(1), one(2), somebody_elses()]).is_empty());
        assert!(find(&[]).is_empty());
    }

    #[test]
    fn a_circle_begins_with_its_first_task() {
        assert_eq!(find(&[one(3), one(2), one(3), one(1)]), [1, 2, 3]);
        assert_eq!(find(&[somebody_elses(), one(1)]), [1]);
    }

    #[test]
    fn one_way_out_is_enough_and_all_of_a_gather_are_needed() {
        let either = vec![vec![0], vec![1]];
        assert!(find(&[either, somebody_elses()]).is_empty());
        let both = vec![vec![0, 1]];
        assert_eq!(find(&[both, somebody_elses()]), [0]);
    }

    #[test]
    fn a_circle_is_found_behind_one_whom_nothing_can_help() {
        assert!(find(&[one(1), Needs::new()]).is_empty());
        let both = || vec![vec![1, 2]];
        assert_eq!(find(&[both(), Needs::new(), one(2)]), [2]);
        assert_eq!(find(&[both(), Needs::new(), one(0)]), [0, 2]);
    }

    #[test]
    fn a_long_chain_takes_no_stack() {
        const LONG: usize = if cfg!(miri) { 100 } else { 100_000 };
        let mut needs: Vec<Needs> = (1..=LONG).map(one).collect();
        needs.push(one(0));
        assert_eq!(find(&needs).len(), LONG + 1);
    }
}
