//! Outside worlds for the demonstration, each as a process of its own.

pub mod signon;
