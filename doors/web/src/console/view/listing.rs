//! What all lists have: a field to seek, columns that sort, pages, and the way to a CSV file.

use maud::{Markup, html};

use super::words::count;
use crate::console::list::{ListQuery, Paged};
use crate::console::session::percent_encoded;

/// A list's address and how it is shown.
pub struct Listing<'a> {
    pub path: &'static str,
    /// Parts of the address that say which list it is.
    pub kept: Vec<(&'static str, String)>,
    pub query: &'a ListQuery,
}

impl Listing<'_> {
    /// The whole list.
    pub fn href_of_all(&self) -> String {
        self.href("", &ListQuery { find: String::new(), page: 1, ..self.query.clone() })
    }

    fn href(&self, ending: &str, query: &ListQuery) -> String {
        let kept = self.kept.iter().map(|(name, value)| format!("&{name}={}", percent_encoded(value)));
        format!("{}{ending}{}{}", self.path, query.text(), kept.collect::<String>())
    }

    /// The form above the list.
    pub fn seek(&self, label: &str) -> Markup {
        let order = if self.query.is_descending { "down" } else { "up" };
        html! {
            form.filter method="get" action=(self.path) role="search" {
                div {
                    label for="find" { (label) }
                    input #find type="search" name="find" value=(self.query.find);
                }
                @for (name, value) in &self.kept { input type="hidden" name=(name) value=(value); }
                input type="hidden" name="sort" value=(self.query.sort);
                input type="hidden" name="order" value=(order);
                button { "Show" }
            }
        }
    }

    /// The head of a column that sorts.
    pub fn head(&self, column: &'static str, label: &str) -> Markup {
        let is_sorted = self.query.sort == column;
        let (order, arrow) = if self.query.is_descending { ("descending", " ▼") } else { ("ascending", " ▲") };
        let href = self.href("", &self.query.sorted_by(column));
        html! {
            th scope="col" aria-sort=[is_sorted.then_some(order)] {
                a href=(href) { (label) @if is_sorted { span aria-hidden="true" { (arrow) } } }
            }
        }
    }

    /// For lists that are no table: what they can be sorted by.
    pub fn sorts(&self, columns: &[(&'static str, &str)]) -> Markup {
        let (order, arrow) = if self.query.is_descending { ("descending", " ▼") } else { ("ascending", " ▲") };
        html! {
            nav.pager aria-label="Sorted by" {
                span { "Sort by" }
                @for (column, label) in columns {
                    @let is_sorted = self.query.sort == *column;
                    a href=(self.href("", &self.query.sorted_by(column))) aria-current=[is_sorted.then_some("true")]
                        aria-label=[is_sorted.then(|| format!("{label}, sorted {order}"))] {
                        (label) @if is_sorted { span aria-hidden="true" { (arrow) } }
                    }
                }
            }
        }
    }

    /// What is below the list.
    pub fn foot<T>(&self, paged: &Paged<T>, one: &str, many: &str) -> Markup {
        let href = |page: usize| self.href("", &self.query.on_page(page));
        html! {
            nav.pager aria-label="Pages" {
                span { (count(paged.total, one, many)) ", page " (paged.page) " of " (paged.pages) }
                @if paged.page > 1 { a href=(href(paged.page - 1)) rel="prev" { "Previous page" } }
                @if paged.page < paged.pages { a href=(href(paged.page + 1)) rel="next" { "Next page" } }
                a href=(self.href(".csv", self.query)) { "Download these rows as CSV" }
            }
        }
    }
}

/// What is below a list that neither sorts nor seeks.
pub fn pages<T>(path: &str, paged: &Paged<T>, one: &str, many: &str) -> Markup {
    pages_at(&|page| format!("{path}?page={page}"), paged, one, many)
}

/// As [`pages`], where the address says more than the page.
pub fn pages_at<T>(href: &dyn Fn(usize) -> String, paged: &Paged<T>, one: &str, many: &str) -> Markup {
    html! {
        @if paged.pages > 1 {
            nav.pager aria-label="Pages" {
                span { (count(paged.total, one, many)) ", page " (paged.page) " of " (paged.pages) }
                @if paged.page > 1 { a href=(href(paged.page - 1)) rel="prev" { "Previous page" } }
                @if paged.page < paged.pages { a href=(href(paged.page + 1)) rel="next" { "Next page" } }
            }
        }
    }
}
