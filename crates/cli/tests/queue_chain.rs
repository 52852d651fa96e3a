//! Many requests at once: the highest reward first, the oldest of equal ones, and own answers before all after a new start.

mod local;

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolCall;
use local::disputes::interrupted;
use local::ether;
use local::served::Served;

alloy_sol_types::sol! {
    function addReward(uint256 requestId) external payable;
}

/// The requests that the model was run on, in order.
fn generated(said: &str) -> Vec<String> {
    let lines = said.lines().filter_map(|line| line.strip_prefix("generated request "));
    lines.map(|line| line.split(':').next().unwrap().to_owned()).collect()
}

impl Served {
    fn rewards(&self, id: U256) {
        let call = addRewardCall { requestId: id }.abi_encode();
        self.scene.chain.transact(Some(self.oracle), ether(1), &call);
    }
}

#[test]
fn the_highest_reward_is_served_first_and_own_answers_before_all() {
    let served = Served::new();
    let nonsense = served.asks(Bytes::from_static(b"{}"));
    let [one, two, dear, same] = [31, 32, 33, 31].map(|seed| served.asks(served.request(seed)));
    served.rewards(dear);
    served.rewards(nonsense);
    let node = served.starts(&[]);
    let all = [one, two, dear, same];
    served.scene.waits("all answers", || all.iter().all(|id| served.answers(*id) == 1));
    let said = interrupted(node);
    // The same words need no run, and what is no request is in nobody's way.
    assert_eq!(generated(&said), [dear, one, two].map(|id| id.to_string()), "{said}");
    assert!(said.contains(&format!("left request {nonsense}")), "{said}");
    // Something dearer came meanwhile, and still what is answered must be defended first.
    let late = served.asks(served.request(34));
    (0..3).for_each(|_| served.rewards(late));
    let node = served.starts(&[]);
    served.scene.waits("the late answer", || served.answers(late) == 1);
    let said = interrupted(node);
    assert_eq!(generated(&said), [dear, one, two, late].map(|id| id.to_string()), "{said}");
}

#[test]
fn bonds_end_where_they_are_allowed_to() {
    let served = Served::new();
    let [one, two, same] = [35, 36, 35].map(|seed| served.asks(served.request(seed)));
    let node = served.starts(&["--max-bonds", "1"]);
    served.scene.waits("answers", || served.answers(one) == 1 && served.answers(same) == 1);
    std::thread::sleep(std::time::Duration::from_secs(3));
    let said = interrupted(node);
    assert_eq!(served.answers(two), 0, "{said}");
    assert_eq!(generated(&said), [one.to_string()], "the model is not run for what cannot be bonded: {said}");
}
