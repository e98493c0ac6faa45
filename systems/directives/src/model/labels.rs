//! The two axes in the words of the state's task software, for reports and exchange.

use kernel_base::Words;

use super::{Deadline, Progress};

/// One of the labels that existing Vietnamese software multiplies both axes into (trạng thái nhiệm vụ).
pub fn official_label(progress: Progress, deadline: Deadline) -> Words {
    use Deadline as D;
    use Progress as P;
    let (vi, en) = match (progress, deadline) {
        (P::Assigned, D::Overdue | D::DoneLate) => ("Chưa thực hiện, quá hạn", "Not begun, overdue"),
        (P::Assigned, D::DueSoon) => ("Chưa thực hiện, sắp quá hạn", "Not begun, due soon"),
        (P::Assigned, _) => ("Chưa thực hiện", "Not begun"),
        (P::Accepted | P::Doing, D::Overdue | D::DoneLate) => ("Đang thực hiện, quá hạn", "In progress, overdue"),
        (P::Accepted | P::Doing, D::DueSoon) => ("Đang thực hiện, sắp quá hạn", "In progress, due soon"),
        (P::Accepted | P::Doing, D::None) => ("Đang thực hiện, không hạn", "In progress, no due date"),
        (P::Accepted | P::Doing, D::InTime | D::DoneOnTime) => ("Đang thực hiện, trong hạn", "In progress, in time"),
        (P::Reported, D::Overdue | D::DoneLate) => ("Chờ xác nhận, quá hạn", "Waits for confirmation, overdue"),
        (P::Reported, D::DueSoon) => ("Chờ xác nhận, sắp quá hạn", "Waits for confirmation, due soon"),
        (P::Reported, _) => ("Chờ xác nhận, trong hạn", "Waits for confirmation, in time"),
        (P::Confirmed, D::DoneLate | D::Overdue) => ("Đã hoàn thành, quá hạn", "Done late"),
        (P::Confirmed, D::None) => ("Đã hoàn thành, không hạn", "Done, no due date"),
        (P::Confirmed, _) => ("Đã hoàn thành, trong hạn", "Done in time"),
        (P::Redo, D::Overdue | D::DoneLate) => ("Thực hiện lại, quá hạn", "To be done again, overdue"),
        (P::Redo, _) => ("Thực hiện lại", "To be done again"),
        (P::Refused, _) => ("Từ chối nhiệm vụ", "Refused"),
        (P::Suspended, _) => ("Tạm hoãn", "Suspended"),
        (P::Cancelled, _) => ("Đã hủy", "Cancelled"),
    };
    Words::new(vi, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_label_of_an_overdue_task_hides_it() {
        for progress in [Progress::Assigned, Progress::Accepted, Progress::Doing, Progress::Reported, Progress::Redo] {
            assert!(official_label(progress, Deadline::Overdue).vi.ends_with("quá hạn"), "{progress:?}");
        }
        assert_eq!(official_label(Progress::Confirmed, Deadline::DoneLate).vi, "Đã hoàn thành, quá hạn");
    }
}
