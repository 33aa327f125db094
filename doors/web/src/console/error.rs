//! Errors as pages, with the same statuses and the same silence as everywhere else.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::page::page;
use super::style;
use super::view::layout::{Shell, layout};
use super::view::message;
use crate::error::ApiError;

/// An error that a person sees.
#[derive(Debug)]
pub struct PageError(pub ApiError);

impl<E: Into<ApiError>> From<E> for PageError {
    fn from(error: E) -> PageError {
        PageError(error.into())
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let status = self.0.status();
        let told = self.0.message();
        let problem = message::Problem {
            title: match &self.0 {
                ApiError::NotFound => "Page not found",
                ApiError::Forbidden => "You may not do this",
                ApiError::Failed(_) => "Something went wrong here",
                _ => "There is a problem",
            },
            words: told.description,
            error_id: told.error_id,
        };
        let mut response = problem_page(status, &problem, false);
        response.extensions_mut().insert(problem);
        response
    }
}

fn problem_page(status: StatusCode, problem: &message::Problem, is_demonstration: bool) -> Response {
    let shell = Shell { is_demonstration, ..Shell::bare(style::address()) };
    page(status, layout(&shell, problem.title, message::problem(problem)))
}

/// The page of an error made anew with a demonstration's notice; any other answer as it is.
pub fn of_demonstration(response: Response) -> Response {
    match response.extensions().get::<message::Problem>() {
        Some(problem) => problem_page(response.status(), problem, true),
        None => response,
    }
}
