//! The national payment platform and VNPAY: messages, signatures, clients and simulators.
