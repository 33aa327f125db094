//! Names and texts as somebody would choose them who wants more than to be read: markup, handlers, addresses that run, letters that turn
//! the line around, and words without an end.

use crate::scene::Words;

/// The id and class of every element that hostile text would make.
pub const MARK: &str = "hostile";

pub const HOSTILE: Words = Words {
    hub: "Hub <img id=hostile src=x onerror=alert(1)> \u{202e}bulC\u{2066} \"'><b class=hostile>",
    node: "Node</title><script class=hostile>alert(2)</script> \u{202e}edoN \" onfocus=\"alert(3)",
    members: [
        "Arizona</h1><iframe id=hostile></iframe> \u{2067}anozirA WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
        "Illinois' onmouseover='alert(4)' <svg class=hostile onload=alert(5)>",
    ],
    signers: ["Ana <b class=hostile>", "Dora \"><b class=hostile>"],
    headline: "=Doors </h1><script class=hostile>alert(6)</script> \u{202e}live WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    step: "<form action=javascript:alert(7) class=hostile> \u{202e}\u{7}\u{b} </li></ol><b class=hostile> WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    source: "web\u{202e}gol <i class=hostile>log</i> WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW",
    file: "access <b class=hostile>\u{202e}.log",
    request: "GET /<script%20class=hostile>alert(8)</script>/\u{202e}/WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW?id=1%27%20OR%201=1--&<b>=javascript:alert(9)",
};

/// The name of who has an account.
pub fn name(account: &str) -> String {
    format!("{account} <b id=hostile onclick=alert(0)> \u{202e}eman\u{2069} \"'><script class=hostile>")
}
