//! The child process by itself; the product starts the same code as a hidden subcommand.

fn main() -> std::process::ExitCode {
    kernel_files::child::main()
}
