//! The frame of every page: skip link, handling banner above and below, menu, one heading, and help at the same place.

use maud::{DOCTYPE, Markup, html};
use ward_stix::marking::Tlp;

use super::words::audience;
use crate::console::style::ICON_ADDRESS;

/// What is around a page.
pub struct Shell {
    /// Empty where it must not be told.
    pub installation: String,
    /// None for who has not signed in.
    pub viewer: Option<Viewer>,
    pub menu: Vec<MenuItem>,
    /// The highest marking of what the page shows.
    pub handling: Handling,
    pub is_demonstration: bool,
    /// In a demonstration, the address of the page that guides through it.
    pub guide: Option<String>,
    /// Address of the stylesheet.
    pub style: &'static str,
}

/// Who looks.
pub struct Viewer {
    pub name: String,
    pub organisation: String,
    /// Roles in words, such as `analyst`.
    pub roles: String,
    /// The token of the form that signs out.
    pub sign_out_token: String,
}

/// An entry of the menu.
pub struct MenuItem {
    pub label: &'static str,
    pub href: &'static str,
    pub is_current: bool,
}

/// How what a page shows may be passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// Nothing of it is anybody's information.
    Nothing,
    /// The owner's own information, which carries no marking.
    Own,
    Marked(Tlp),
}

impl Shell {
    /// The frame for who has not signed in, or has asked for what is not there.
    pub fn bare(style: &'static str) -> Shell {
        Shell {
            installation: String::new(),
            viewer: None,
            menu: Vec::new(),
            handling: Handling::Nothing,
            is_demonstration: false,
            guide: None,
            style,
        }
    }
}

/// The whole page. `main` is what comes under its heading.
pub fn layout(shell: &Shell, title: &str, main: Markup) -> Markup {
    let place =
        if shell.installation.is_empty() { "Ward".to_owned() } else { format!("{} - Ward", shell.installation) };
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " - " (place) @if shell.is_demonstration { " - RECONSTRUCTION" } }
                link rel="stylesheet" href=(shell.style);
                link rel="icon" href=(ICON_ADDRESS);
            }
            body class=(paper(shell.handling)) {
                a.skip href="#main" { "Skip to the page's content" }
                header {
                    (handling(shell.handling, "top"))
                    (reconstruction(shell))
                    (masthead(shell))
                }
                (menu(shell))
                main #main tabindex="-1" { div.wide { h1 { (title) } (main) } }
                footer {
                    div.foot { div.wide {
                        p { strong { "Need help? " } (help(shell)) }
                        p.quiet { "Ward: shared warnings, answered from each office's own logs." }
                    } }
                    (reconstruction(shell))
                    (handling(shell.handling, "bottom"))
                }
            }
        }
    }
}

fn handling(handling: Handling, place: &str) -> Markup {
    let (label, words) = match handling {
        Handling::Nothing => return html! {},
        Handling::Own => ("NOT MARKED", "this office's own information; nothing here was received under a marking"),
        Handling::Marked(tlp) => (tlp.label(), audience(tlp)),
    };
    html! { div class={ "handling " (place) } role="note" aria-label="Handling of this page" { (label) " " span { "- " (words) } } }
}

/// The class by which the stylesheet puts the marking on each printed sheet.
fn paper(handling: Handling) -> &'static str {
    match handling {
        Handling::Nothing => "paper",
        Handling::Own => "paper-own",
        Handling::Marked(Tlp::Clear) => "paper-clear",
        Handling::Marked(Tlp::Green) => "paper-green",
        Handling::Marked(Tlp::Amber) => "paper-amber",
        Handling::Marked(Tlp::AmberStrict) => "paper-amber-strict",
        Handling::Marked(Tlp::Red) => "paper-red",
    }
}

fn reconstruction(shell: &Shell) -> Markup {
    html! { @if shell.is_demonstration { div.notice role="note" { (ward_directory::NOTICE)
        @if let Some(guide) = shell.guide.as_deref().filter(|guide| guide.starts_with("http://") || guide.starts_with('/')) {
            " " a.no-print href=(guide) { "To the guide" }
        }
    } } }
}

fn masthead(shell: &Shell) -> Markup {
    html! {
        div.masthead { div.wide {
            p.name { @if shell.installation.is_empty() { "Ward" } @else { (shell.installation) } span { "Ward" } }
            @if let Some(viewer) = &shell.viewer {
                form method="post" action="/sign-out" {
                    input type="hidden" name="form_token" value=(viewer.sign_out_token);
                    span { (viewer.name) ", " (viewer.organisation) " (" (viewer.roles) ")" }
                    button.plain { "Sign out" }
                }
            }
        } }
    }
}

fn menu(shell: &Shell) -> Markup {
    html! {
        @if !shell.menu.is_empty() {
            nav.menu aria-label="Main" { ul {
                @for item in &shell.menu {
                    li { a href=(item.href) aria-current=[item.is_current.then_some("page")] { (item.label) } }
                }
            } }
        }
    }
}

fn help(shell: &Shell) -> Markup {
    html! {
        @if shell.installation.is_empty() { "Ask the administrator of this office's Ward." }
        @else { "Ask the administrator of " (shell.installation) ", who can also give you a new invitation." }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_inert_and_the_marking_stands_twice() {
        let hostile = "<script>alert(1)</script>\"'";
        let shell = Shell {
            installation: hostile.to_owned(),
            viewer: Some(Viewer {
                name: hostile.to_owned(),
                organisation: hostile.to_owned(),
                roles: "clerk".to_owned(),
                sign_out_token: "t".to_owned(),
            }),
            menu: vec![MenuItem { label: "Home", href: "/", is_current: true }],
            handling: Handling::Marked(Tlp::Amber),
            is_demonstration: true,
            guide: Some("javascript:alert(1)".to_owned()),
            style: "/style/x.css",
        };
        let page = layout(&shell, hostile, html! {}).into_string();
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(page.matches("<h1>").count(), 1);
        assert_eq!(page.matches("TLP:AMBER").count(), 2);
        assert_eq!(page.matches("RECONSTRUCTION, INVENTED LOGS").count(), 2);
        assert!(page.contains("aria-current=\"page\"") && !page.contains("javascript:"), "{page}");
    }
}
