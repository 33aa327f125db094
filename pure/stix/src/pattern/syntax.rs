//! The recursive-descent reader of STIX patterns (STIX 2.1, sections 9.2 to 9.8).
//!
//! `AND` binds tighter than `OR`, which binds tighter than `FOLLOWEDBY`; qualifiers bind to the observation
//! expression before them.

use super::token::{Keyword, Token, tokens};
use super::tree::{Comparison, Literal, ObjectPath, Observation, Operator, PropertyTest, Qualifier, Step};
use super::{DEEPEST_NESTING, LONGEST_PATTERN, PatternError};

/// Reads a pattern as a validator does: also against the rules beside the grammar, that no qualifier is given twice and
/// that a hash has the form of its algorithm.
pub fn parse(pattern: &str) -> Result<Observation, PatternError> {
    read(pattern, true)
}

/// Reads a pattern as a matcher does: whatever has a meaning by the grammar. The OASIS matcher takes a qualifier given
/// twice and a hash of any form, so that others' indicators can still be looked for.
pub fn parse_to_match(pattern: &str) -> Result<Observation, PatternError> {
    read(pattern, false)
}

fn read(pattern: &str, strict: bool) -> Result<Observation, PatternError> {
    if pattern.len() > LONGEST_PATTERN {
        return Err(PatternError::TooLong { length: pattern.len() });
    }
    let tokens = tokens(pattern)?;
    let mut reader = Reader { tokens: &tokens, position: 0, depth: 0, strict };
    let observation = reader.observations()?;
    match reader.peek() {
        Token::End => Ok(observation),
        _ => Err(reader.unexpected("the end of the pattern")),
    }
}

struct Reader<'a> {
    tokens: &'a [(Token, usize)],
    position: usize,
    depth: usize,
    strict: bool,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> &'a Token {
        self.tokens.get(self.position).map_or(&Token::End, |(token, _)| token)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.position).or(self.tokens.last()).map_or(0, |(_, at)| *at)
    }

    fn next(&mut self) -> &'a Token {
        let token = self.peek();
        self.position += 1;
        token
    }

    fn unexpected(&self, expected: &'static str) -> PatternError {
        PatternError::Unexpected { found: self.peek().describe(), expected, at: self.at() }
    }

    fn accept(&mut self, token: &Token) -> bool {
        let accepted = self.peek() == token;
        self.position += usize::from(accepted);
        accepted
    }

    fn accept_keyword(&mut self, keyword: Keyword) -> bool {
        self.accept(&Token::Keyword(keyword))
    }

    fn expect(&mut self, token: &Token, expected: &'static str) -> Result<(), PatternError> {
        if self.accept(token) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    fn deeper(&mut self) -> Result<(), PatternError> {
        self.depth += 1;
        if self.depth > DEEPEST_NESTING {
            return Err(PatternError::TooDeep { at: self.at() });
        }
        Ok(())
    }

    /// Operands joined by one keyword; a single operand stays itself.
    fn joined<T>(
        &mut self,
        keyword: Keyword,
        operand: fn(&mut Self) -> Result<T, PatternError>,
        join: fn(Vec<T>) -> T,
    ) -> Result<T, PatternError> {
        let first = operand(self)?;
        if self.peek() != &Token::Keyword(keyword) {
            return Ok(first);
        }
        let mut operands = vec![first];
        while self.accept_keyword(keyword) {
            operands.push(operand(self)?);
        }
        Ok(join(operands))
    }

    fn observations(&mut self) -> Result<Observation, PatternError> {
        self.joined(Keyword::FollowedBy, Self::observations_or, Observation::FollowedBy)
    }

    fn observations_or(&mut self) -> Result<Observation, PatternError> {
        self.joined(Keyword::Or, Self::observations_and, Observation::Any)
    }

    fn observations_and(&mut self) -> Result<Observation, PatternError> {
        self.joined(Keyword::And, Self::qualified, Observation::All)
    }

    fn qualified(&mut self) -> Result<Observation, PatternError> {
        // The OASIS validator lets an expression in parentheses carry the same qualifier twice, and only such a one.
        let may_repeat = !self.strict || self.peek() == &Token::Mark('(');
        let observation = self.observation()?;
        let mut qualifiers: Vec<Qualifier> = Vec::new();
        loop {
            let at = self.at();
            let qualifier = match self.peek() {
                Token::Keyword(Keyword::Within) => self.within(at)?,
                Token::Keyword(Keyword::Repeats) => self.repeats(at)?,
                Token::Keyword(Keyword::Start) => self.start_stop()?,
                _ if qualifiers.is_empty() => return Ok(observation),
                _ => return Ok(Observation::Qualified(Box::new(observation), qualifiers)),
            };
            let same = |other: &Qualifier| std::mem::discriminant(other) == std::mem::discriminant(&qualifier);
            if !may_repeat && qualifiers.iter().any(same) {
                return Err(PatternError::DuplicateQualifier { qualifier: qualifier.word(), at });
            }
            qualifiers.push(qualifier);
        }
    }

    fn observation(&mut self) -> Result<Observation, PatternError> {
        if self.accept(&Token::Mark('[')) {
            let comparison = self.comparisons()?;
            self.expect(&Token::Mark(']'), "`]`, `AND` or `OR`")?;
            return Ok(Observation::Test(comparison));
        }
        if self.accept(&Token::Mark('(')) {
            self.deeper()?;
            let observation = self.observations()?;
            self.expect(&Token::Mark(')'), "`)`")?;
            self.depth -= 1;
            return Ok(observation);
        }
        Err(self.unexpected("`[` or `(`"))
    }

    fn within(&mut self, at: usize) -> Result<Qualifier, PatternError> {
        self.next();
        let seconds = match self.peek() {
            Token::Integer(number) => *number as f64,
            Token::Float(number) => *number,
            _ => return Err(self.unexpected("a number of seconds")),
        };
        if seconds <= 0.0 {
            return Err(PatternError::EmptyQualifier { qualifier: "WITHIN", at });
        }
        self.next();
        self.expect(&Token::Keyword(Keyword::Seconds), "`SECONDS`")?;
        Ok(Qualifier::Within { seconds })
    }

    fn repeats(&mut self, at: usize) -> Result<Qualifier, PatternError> {
        self.next();
        let Token::Integer(times) = *self.peek() else {
            return Err(self.unexpected("a number of times"));
        };
        if times <= 0 {
            return Err(PatternError::EmptyQualifier { qualifier: "REPEATS", at });
        }
        self.next();
        self.expect(&Token::Keyword(Keyword::Times), "`TIMES`")?;
        Ok(Qualifier::Repeats { times })
    }

    fn start_stop(&mut self) -> Result<Qualifier, PatternError> {
        self.next();
        let start = self.timestamp()?;
        self.expect(&Token::Keyword(Keyword::Stop), "`STOP`")?;
        let stop = self.timestamp()?;
        Ok(Qualifier::StartStop { start, stop })
    }

    fn timestamp(&mut self) -> Result<String, PatternError> {
        let Token::Timestamp(text) = self.peek() else {
            return Err(self.unexpected("a timestamp `t'…'`"));
        };
        self.next();
        Ok(text.clone())
    }

    fn comparisons(&mut self) -> Result<Comparison, PatternError> {
        self.joined(Keyword::Or, Self::comparisons_and, Comparison::Any)
    }

    fn comparisons_and(&mut self) -> Result<Comparison, PatternError> {
        self.joined(Keyword::And, Self::comparison, Comparison::All)
    }

    fn comparison(&mut self) -> Result<Comparison, PatternError> {
        if self.accept(&Token::Mark('(')) {
            self.deeper()?;
            let comparison = self.comparisons()?;
            self.expect(&Token::Mark(')'), "`)`")?;
            self.depth -= 1;
            return Ok(comparison);
        }
        let negated = self.accept_keyword(Keyword::Not);
        if self.accept_keyword(Keyword::Exists) {
            let path = self.path()?;
            return Ok(Comparison::Test(PropertyTest { path, negated, operator: Operator::Exists, values: vec![] }));
        }
        if negated {
            return Err(self.unexpected("`EXISTS`"));
        }
        let path = self.path()?;
        let negated = self.accept_keyword(Keyword::Not);
        let operator = self.operator()?;
        let values = self.values(operator, &path)?;
        Ok(Comparison::Test(PropertyTest { path, negated, operator, values }))
    }

    fn operator(&mut self) -> Result<Operator, PatternError> {
        let operator = match self.peek() {
            Token::Compare("=") => Operator::Equal,
            Token::Compare("!=") => Operator::NotEqual,
            Token::Compare("<") => Operator::Less,
            Token::Compare("<=") => Operator::LessOrEqual,
            Token::Compare(">") => Operator::Greater,
            Token::Compare(">=") => Operator::GreaterOrEqual,
            Token::Keyword(Keyword::In) => Operator::In,
            Token::Keyword(Keyword::Like) => Operator::Like,
            Token::Keyword(Keyword::Matches) => Operator::Matches,
            Token::Keyword(Keyword::IsSubset) => Operator::IsSubset,
            Token::Keyword(Keyword::IsSuperset) => Operator::IsSuperset,
            _ => return Err(self.unexpected("a comparison operator")),
        };
        self.next();
        Ok(operator)
    }

    fn values(&mut self, operator: Operator, path: &ObjectPath) -> Result<Vec<Literal>, PatternError> {
        if operator != Operator::In {
            return Ok(vec![self.value(operator, path)?]);
        }
        self.expect(&Token::Mark('('), "`(`")?;
        let mut values = Vec::new();
        if self.accept(&Token::Mark(')')) {
            return Ok(values);
        }
        loop {
            values.push(self.value(operator, path)?);
            if self.accept(&Token::Mark(')')) {
                return Ok(values);
            }
            self.expect(&Token::Mark(','), "`,` or `)`")?;
        }
    }

    fn value(&mut self, operator: Operator, path: &ObjectPath) -> Result<Literal, PatternError> {
        let text_only =
            matches!(operator, Operator::Like | Operator::Matches | Operator::IsSubset | Operator::IsSuperset);
        let orderable_only =
            matches!(operator, Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual);
        let literal = match self.peek() {
            Token::Text(text) => {
                if self.strict && matches!(operator, Operator::Equal | Operator::NotEqual | Operator::In) {
                    check_hash(path, text, self.at())?;
                }
                Literal::Text(text.clone())
            }
            _ if text_only => return Err(self.unexpected("a text in single quotes")),
            Token::Integer(number) => Literal::Integer(*number),
            Token::Float(number) => Literal::Float(*number),
            Token::Binary(text) => Literal::Binary(text.clone()),
            Token::Hex(text) => Literal::Hex(text.clone()),
            Token::Timestamp(text) => Literal::Timestamp(text.clone()),
            Token::Boolean(value) if !orderable_only => Literal::Boolean(*value),
            _ => return Err(self.unexpected("a value")),
        };
        self.next();
        Ok(literal)
    }

    fn path(&mut self) -> Result<ObjectPath, PatternError> {
        let Token::Name { text: object_type, .. } = self.peek() else {
            return Err(self.unexpected("an object path"));
        };
        self.next();
        self.expect(&Token::Mark(':'), "`:`")?;
        let mut steps = vec![self.key()?];
        loop {
            if self.accept(&Token::Mark('.')) {
                steps.push(self.key()?);
            } else if self.accept(&Token::Mark('[')) {
                steps.push(self.index()?);
                self.expect(&Token::Mark(']'), "`]`")?;
            } else {
                return Ok(ObjectPath { object_type: object_type.clone(), steps });
            }
        }
    }

    fn key(&mut self) -> Result<Step, PatternError> {
        match self.peek() {
            Token::Name { text, hyphen: false } | Token::Text(text) => {
                self.next();
                Ok(Step::Key(text.clone()))
            }
            _ => Err(self.unexpected("a property name (in single quotes if it has a hyphen)")),
        }
    }

    fn index(&mut self) -> Result<Step, PatternError> {
        let step = match self.peek() {
            Token::Integer(index) => Step::Index(*index),
            Token::Mark('*') => Step::AnyElement,
            _ => return Err(self.unexpected("a list index or `*`")),
        };
        self.next();
        Ok(step)
    }
}

/// A hash of a known algorithm must have its length and be hexadecimal.
fn check_hash(path: &ObjectPath, text: &str, at: usize) -> Result<(), PatternError> {
    let Some((length, algorithm)) = super::compile::hash_algorithm(path) else { return Ok(()) };
    if text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(PatternError::Hash { algorithm: algorithm.to_owned(), text: text.to_owned(), at })
}
