//! Online public services (dịch vụ công trực tuyến): the citizen's side and the catalogue of procedures.

pub mod seed;
