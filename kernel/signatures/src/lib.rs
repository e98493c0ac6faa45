//! PAdES signatures and RFC 3161 time stamps on PDF files: make and check.
