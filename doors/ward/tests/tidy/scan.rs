//! A reader of Rust text that knows comments, literals and braces, which is enough for house rules.

use std::ops::RangeInclusive;

/// A Rust text taken apart. Lines count from 1.
pub struct Scanned {
    /// The text with comments and the contents of literals blanked, line for line.
    pub code: String,
    /// The contents of string literals and the lines on which they begin.
    pub literals: Vec<(usize, String)>,
    /// The lines of items under `#[cfg(test)]`.
    tests: Vec<RangeInclusive<usize>>,
}

/// A function and its lines, from `fn` to its closing brace.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    pub name: String,
    pub line: usize,
    pub lines: usize,
}

impl Scanned {
    /// Whether a line belongs to tests.
    pub fn is_test(&self, line: usize) -> bool {
        self.tests.iter().any(|lines| lines.contains(&line))
    }

    /// The lines of code outside tests, with their numbers.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.lines().enumerate().map(|(place, line)| (place + 1, line)).filter(|(line, _)| !self.is_test(*line))
    }

    /// The functions with a body.
    pub fn functions(&self) -> Vec<Function> {
        let starts =
            self.code.match_indices("fn ").map(|(place, _)| place).filter(|place| starts_word(&self.code, *place));
        starts.filter_map(|place| function(&self.code, place)).collect()
    }
}

/// Takes a text apart.
pub fn scan(text: &str) -> Scanned {
    let mut reader =
        Reader { text: text.chars().collect(), place: 0, line: 1, code: String::new(), literals: Vec::new() };
    while reader.place < reader.text.len() {
        reader.step();
    }
    let tests = reader
        .code
        .match_indices("#[cfg(test)]")
        .filter_map(|(place, mark)| item(&reader.code, place, place + mark.len()));
    let tests = tests.collect();
    Scanned { code: reader.code, literals: reader.literals, tests }
}

struct Reader {
    text: Vec<char>,
    place: usize,
    line: usize,
    code: String,
    literals: Vec<(usize, String)>,
}

impl Reader {
    fn step(&mut self) {
        match (self.at(0), self.at(1)) {
            ('/', '/') => self.blank_until(|reader| reader.at(0) == '\n'),
            ('/', '*') => self.comment(),
            ('"', _) => self.string(None),
            ('r', '"' | '#') if self.begins_word() => self.raw_string(),
            ('b' | 'c', 'r') if self.begins_word() && matches!(self.at(2), '"' | '#') => {
                self.keep();
                self.raw_string();
            }
            ('\'', '\\') => {
                self.blank(3);
                self.blank_until(|reader| reader.at(0) == '\'');
                self.blank(1);
            }
            ('\'', _) if self.at(2) == '\'' => self.blank(3),
            _ => self.keep(),
        }
    }

    /// Block comments nest.
    fn comment(&mut self) {
        let mut depth = 0_usize;
        while self.place < self.text.len() {
            match (self.at(0), self.at(1)) {
                ('/', '*') => depth += 1,
                ('*', '/') => depth -= 1,
                _ => {
                    self.blank(1);
                    continue;
                }
            }
            self.blank(2);
            if depth == 0 {
                return;
            }
        }
    }

    /// A string, at its opening quote; a raw one ends with as many `#` as it began with.
    fn string(&mut self, raw_marks: Option<usize>) {
        self.keep();
        let (line, start) = (self.line, self.place);
        while self.place < self.text.len() && !self.ends_string(raw_marks) {
            let escape = raw_marks.is_none() && self.at(0) == '\\';
            self.blank(if escape { 2 } else { 1 });
        }
        let end = self.place.min(self.text.len());
        self.literals.push((line, self.text[start..end].iter().collect()));
        self.keep();
    }

    fn ends_string(&self, raw_marks: Option<usize>) -> bool {
        self.at(0) == '"' && (1..=raw_marks.unwrap_or(0)).all(|ahead| self.at(ahead) == '#')
    }

    fn raw_string(&mut self) {
        let marks = (1..).take_while(|ahead| self.at(*ahead) == '#').count();
        let is_string = self.at(marks + 1) == '"';
        (0..=marks).for_each(|_| self.keep());
        if is_string {
            self.string(Some(marks));
        }
    }

    fn at(&self, ahead: usize) -> char {
        self.text.get(self.place + ahead).copied().unwrap_or('\0')
    }

    fn begins_word(&self) -> bool {
        self.place.checked_sub(1).and_then(|before| self.text.get(before)).is_none_or(|before| !is_word(*before))
    }

    fn keep(&mut self) {
        let next = self.at(0);
        self.advance(next);
    }

    fn blank(&mut self, count: usize) {
        for _ in 0..count {
            self.advance(if self.at(0) == '\n' { '\n' } else { ' ' });
        }
    }

    fn blank_until(&mut self, ends: impl Fn(&Self) -> bool) {
        while self.place < self.text.len() && !ends(self) {
            self.blank(1);
        }
    }

    fn advance(&mut self, write: char) {
        if self.place < self.text.len() {
            self.line += usize::from(write == '\n');
            self.code.push(write);
            self.place += 1;
        }
    }
}

/// The function that begins with `fn ` at `place`; none without a body.
fn function(code: &str, place: usize) -> Option<Function> {
    let name: String = code[place + 3..].chars().take_while(|c| is_word(*c)).collect();
    let end = body_end(code, place).filter(|_| !name.is_empty())?;
    let line = line_of(code, place);
    Some(Function { name, line, lines: line_of(code, end) - line + 1 })
}

/// The lines of the item that follows an attribute; none for one without a body.
fn item(code: &str, start: usize, after: usize) -> Option<RangeInclusive<usize>> {
    body_end(code, after).map(|end| line_of(code, start)..=line_of(code, end))
}

/// The place of the brace that closes the first body after `place`; none when a `;` comes first.
fn body_end(code: &str, place: usize) -> Option<usize> {
    let (mut braces, mut others) = (0_usize, 0_usize);
    for (ahead, c) in code[place..].char_indices() {
        match c {
            '(' | '[' => others += 1,
            ')' | ']' => others = others.saturating_sub(1),
            ';' if braces == 0 && others == 0 => return None,
            '{' => braces += 1,
            '}' if braces == 1 => return Some(place + ahead),
            '}' => braces = braces.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn line_of(code: &str, place: usize) -> usize {
    code[..place].matches('\n').count() + 1
}

fn starts_word(code: &str, place: usize) -> bool {
    code[..place].chars().next_back().is_none_or(|before| !is_word(before))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[test]
fn comments_and_literals_are_told_from_code() {
    for (text, code, literals) in [
        ("a // b\nc", "a_____\nc", vec![]),
        ("a/* b /* c */ d */e", "a_________________e", vec![]),
        (r#"f("x // y \" z")"#, r#"f("___________")"#, vec![r#"x // y \" z"#]),
        ("f(r#\"a \" b\"#)", "f(r#\"_____\"#)", vec!["a \" b"]),
        ("br\"x\";r#type", "br\"_\";r#type", vec!["x"]),
        ("f('\"','\\'',b'{')<'a>", "f(___,____,b___)<'a>", vec![]),
        ("\"\\\\\";\"\"", "\"__\";\"\"", vec!["\\\\", ""]),
    ] {
        let scanned = scan(text);
        let found: Vec<&str> = scanned.literals.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!((scanned.code.replace(' ', "_").as_str(), found), (code, literals), "{text}");
    }
}

#[test]
fn functions_are_measured_and_tests_are_known() {
    let text = "trait T { fn none(&self) -> [u8; 3]; }\nfn one() {}\n#[cfg(test)]\nmod tests {\n  fn two() {\n    \"}\";\n  }\n}\n#[cfg(test)]\nmod apart;\n";
    let scanned = scan(text);
    let function = |name: &str, line, lines| Function { name: name.to_owned(), line, lines };
    assert_eq!(scanned.functions(), [function("one", 2, 1), function("two", 5, 3)]);
    let tests: Vec<usize> = (1..=10).filter(|line| scanned.is_test(*line)).collect();
    assert_eq!(tests, [3, 4, 5, 6, 7, 8]);
}
