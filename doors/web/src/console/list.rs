//! Lists: what is sought, how it is sorted and which page is shown stand in the address, so that a list can be sent to somebody.

/// Rows on one page.
pub const ROWS_A_PAGE: usize = 25;
/// Longest text that is sought, in characters.
const FIND_MAX: usize = 100;

/// How a list is to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Only rows that hold this text, in any case.
    pub find: String,
    /// A column's name.
    pub sort: &'static str,
    pub is_descending: bool,
    /// Counts from 1.
    pub page: usize,
}

/// One page of a list.
pub struct Paged<T> {
    pub rows: Vec<T>,
    /// Rows that hold what is sought, on all pages.
    pub total: usize,
    pub page: usize,
    pub pages: usize,
}

impl<T> Paged<T> {
    /// Of rows that were chosen where they are kept; a page beyond the last one is the last.
    pub fn of(rows: Vec<T>, total: usize, page: usize) -> Paged<T> {
        let pages = total.div_ceil(ROWS_A_PAGE).max(1);
        Paged { rows, total, page: page.min(pages), pages }
    }
}

/// The page that an address names; the first one otherwise.
pub fn page_of(pairs: &[(String, String)]) -> usize {
    ListQuery::of(pairs, &[], ("", false)).page
}

/// The page of all rows that an address names, or the last one.
pub fn page_of_all<T>(pairs: &[(String, String)], rows: Vec<T>) -> Paged<T> {
    ListQuery::of(pairs, &[], ("", false)).paged(rows)
}

impl ListQuery {
    /// From the pairs of an address. What is not understood is as if it were not there.
    pub fn of(pairs: &[(String, String)], columns: &[&'static str], otherwise: (&'static str, bool)) -> ListQuery {
        let value = |name: &str| pairs.iter().find(|(given, _)| given == name).map_or("", |(_, value)| value.as_str());
        let column = columns.iter().find(|column| **column == value("sort"));
        ListQuery {
            find: value("find").trim().chars().take(FIND_MAX).collect(),
            sort: column.unwrap_or(&otherwise.0),
            is_descending: if column.is_some() { value("order") == "down" } else { otherwise.1 },
            page: value("page").parse().unwrap_or(1).max(1),
        }
    }

    /// The part of the address after the path.
    pub fn text(&self) -> String {
        let order = if self.is_descending { "down" } else { "up" };
        let find = super::session::percent_encoded(&self.find);
        format!("?find={find}&sort={}&order={order}&page={}", self.sort, self.page)
    }

    /// As this, sorted by a column: the other way round when it is sorted by it already.
    pub fn sorted_by(&self, column: &'static str) -> ListQuery {
        let is_descending = self.sort == column && !self.is_descending;
        ListQuery { sort: column, is_descending, page: 1, ..self.clone() }
    }

    /// As this, on another page.
    pub fn on_page(&self, page: usize) -> ListQuery {
        ListQuery { page, ..self.clone() }
    }

    /// The rows that hold what is sought, in order. `words` gives the texts that are sought in, `key` what the column sorts by.
    pub fn chosen<T, K: Ord>(
        &self,
        mut rows: Vec<T>,
        words: impl Fn(&T) -> Vec<String>,
        key: impl Fn(&T, &'static str) -> K,
    ) -> Vec<T> {
        let sought = self.find.to_lowercase();
        rows.retain(|row| sought.is_empty() || words(row).iter().any(|text| text.to_lowercase().contains(&sought)));
        rows.sort_by_cached_key(|row| key(row, self.sort));
        if self.is_descending {
            rows.reverse();
        }
        rows
    }

    /// The page asked for, or the last one.
    pub fn paged<T>(&self, rows: Vec<T>) -> Paged<T> {
        let (total, pages) = (rows.len(), rows.len().div_ceil(ROWS_A_PAGE).max(1));
        let page = self.page.min(pages);
        let rows = rows.into_iter().skip((page - 1) * ROWS_A_PAGE).take(ROWS_A_PAGE).collect();
        Paged { rows, total, page, pages }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(pairs: &[(&str, &str)]) -> ListQuery {
        let pairs: Vec<(String, String)> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        ListQuery::of(&pairs, &["name", "time"], ("time", true))
    }

    #[test]
    fn an_address_is_read_and_written() {
        let given = [("find", "a&b"), ("sort", "name"), ("order", "down"), ("page", "3")];
        assert_eq!(query(&given).text(), "?find=a%26b&sort=name&order=down&page=3");
        let other = query(&[("sort", "password"), ("page", "-1"), ("order", "up")]);
        assert_eq!(other.text(), "?find=&sort=time&order=down&page=1");
    }

    #[test]
    fn rows_are_sought_sorted_and_paged() {
        let rows: Vec<usize> = (0..60).collect();
        let chosen = |query: &ListQuery| query.chosen(rows.clone(), |n| vec![format!("Row {n}")], |n, _| *n);
        let all = query(&[("page", "9")]);
        let paged = all.paged(chosen(&all));
        assert_eq!((paged.total, paged.page, paged.pages, paged.rows.len()), (60, 3, 3, 10));
        assert_eq!(paged.rows.first(), Some(&9));
        let some = query(&[("find", "rOW 5"), ("sort", "name")]);
        assert_eq!(chosen(&some).len(), 11);
        assert_eq!(chosen(&some).first(), Some(&5));
        let none = some.paged(Vec::<usize>::new());
        assert_eq!((none.total, none.page, none.pages), (0, 1, 1));
    }
}
