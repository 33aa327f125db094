//! The binary: parses the command line, dispatches, and turns what happened into an exit code.

mod cli;
mod demo;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_env("WARD_LOG").unwrap_or_else(|_| "warn".into()))
        .with_writer(std::io::stderr)
        .init();
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        cli::output::error("error: another TLS provider is installed already\n");
        return ExitCode::from(cli::BAD_INPUT);
    }
    let command = cli::Command::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            cli::output::error(&format!("error: cannot start: {error}\n"));
            return ExitCode::from(cli::BAD_INPUT);
        }
    };
    match runtime.block_on(cli::run(command)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            cli::output::failure(&error);
            ExitCode::from(cli::BAD_INPUT)
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::cli::Command::command().debug_assert();
    }
}
