//! Why a file is refused, in a sentence that says what to do.

use kernel_base::{Error, Kind, Words};
use serde::{Deserialize, Serialize};

/// A reason not to take a file. The child process answers with it; people read [`Refusal::words`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// No bytes at all.
    Empty,
    TooLarge,
    /// More shots than one paper may have.
    TooManyFiles,
    TooManyPages,
    /// MOV or MP4, also the moving half of a Live Photo.
    Movie,
    Word,
    Spreadsheet,
    Archive,
    Program,
    /// HTML, SVG, XML, plain text.
    Text,
    /// A picture of a type that is not accepted, e.g. GIF or AVIF.
    OtherPicture,
    OtherType,
    /// Begins like an accepted type but cannot be read, or made the reader fail.
    Unreadable,
    /// The end of the picture or PDF is missing.
    Truncated,
    TooManyPixels,
    TooSmall,
    Black,
    White,
    Blurred,
    PdfEncrypted,
    PdfNoPages,
    PdfEmptyPages,
    PdfScript,
    PdfLaunch,
    PdfAttachment,
    PdfDamaged,
    /// Carries a digital signature, which joining it with other files would break.
    PdfSignedTogether,
    /// Unpacks to far more than a document can hold.
    Bomb,
    /// Two types in one file, e.g. a PDF behind other bytes or a ZIP behind a picture.
    Disguised,
    /// Carries the test signature of virus scanners.
    Malware,
    /// Not read within the time a file may take.
    TooSlow,
}

impl Refusal {
    /// Stable machine word of the error.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "file_empty",
            Self::TooLarge => "file_too_large",
            Self::TooManyFiles => "file_too_many",
            Self::TooManyPages => "file_too_many_pages",
            Self::Movie => "file_is_movie",
            Self::Word | Self::Spreadsheet | Self::Archive | Self::Program | Self::Text => "file_type_refused",
            Self::OtherPicture | Self::OtherType => "file_type_refused",
            Self::Unreadable => "file_unreadable",
            Self::Truncated => "file_truncated",
            Self::TooManyPixels => "picture_too_many_pixels",
            Self::TooSmall => "picture_too_small",
            Self::Black => "picture_black",
            Self::White => "picture_white",
            Self::Blurred => "picture_blurred",
            Self::PdfEncrypted => "pdf_encrypted",
            Self::PdfNoPages => "pdf_without_pages",
            Self::PdfEmptyPages => "pdf_empty_pages",
            Self::PdfScript => "pdf_with_script",
            Self::PdfLaunch => "pdf_with_launch",
            Self::PdfAttachment => "pdf_with_attachment",
            Self::PdfDamaged => "pdf_damaged",
            Self::PdfSignedTogether => "pdf_signed_together",
            Self::Bomb => "file_bomb",
            Self::Disguised => "file_disguised",
            Self::Malware => "file_malware",
            Self::TooSlow => "file_too_slow",
        }
    }

    /// What happened and what to do.
    pub fn words(self) -> Words {
        let (vi, en) = self.sentence();
        Words::new(vi, en)
    }

    /// The refusal as an error of the domain. `name` is the file's name, given when several files were sent.
    pub fn error(self, name: Option<&str>) -> Error {
        let kind = if self == Self::TooLarge { Kind::TooLarge } else { Kind::Invalid };
        let words = self.words();
        let words = match name {
            Some(name) => Words::new(format!("Tệp “{name}”: {}", words.vi), format!("File “{name}”: {}", words.en)),
            None => words,
        };
        Error::new(kind, self.code(), words)
    }

    fn sentence(self) -> (&'static str, &'static str) {
        match self {
            Self::Empty => (
                "Tệp này trống, không có nội dung. Hãy mở lại tệp trên máy để kiểm tra rồi chọn tệp khác, hoặc chụp ảnh giấy tờ.",
                "This file is empty. Open it on your device to check it and choose another file, or photograph the paper.",
            ),
            Self::TooLarge => (
                "Tệp lớn hơn 25 MB. Hãy chụp ảnh giấy tờ bằng điện thoại, hoặc quét lại ở mức 200 dpi, rồi tải lên lại.",
                "The file is larger than 25 MB. Photograph the paper with a phone, or scan it again at 200 dpi, and upload it again.",
            ),
            Self::TooManyFiles => (
                "Một giấy tờ nhận nhiều nhất 40 ảnh (tổng cộng không quá 150 MB). Hãy bỏ bớt ảnh trùng, hoặc quét thành một tệp PDF.",
                "One paper takes at most 40 pictures (150 MB in all). Remove duplicates, or scan the paper into one PDF.",
            ),
            Self::TooManyPages => (
                "Giấy tờ có hơn 500 trang. Hãy chỉ gửi những trang cần thiết, hoặc nộp bản giấy tại bộ phận một cửa.",
                "The paper has more than 500 pages. Send only the pages needed, or hand in the paper at the one-stop counter.",
            ),
            Self::Movie => (
                "Đây là đoạn phim (MOV hoặc MP4), thường là phần động của Live Photo. Hãy mở ảnh trong thư viện ảnh, chọn ảnh tĩnh (tắt Live) rồi tải ảnh đó lên.",
                "This is a movie (MOV or MP4), often the moving half of a Live Photo. Open it in your photo library, choose the still photo (turn Live off) and upload that.",
            ),
            Self::Word => (
                "Đây là tệp văn bản Word. Hãy mở tệp, chọn Lưu dưới dạng PDF rồi tải tệp PDF lên.",
                "This is a Word document. Open it, save it as PDF and upload the PDF.",
            ),
            Self::Spreadsheet => (
                "Đây là bảng tính. Hãy mở tệp, chọn Xuất (hoặc In) ra PDF rồi tải tệp PDF lên.",
                "This is a spreadsheet. Open it, export (or print) it as PDF and upload the PDF.",
            ),
            Self::Archive => (
                "Đây là tệp nén (zip, rar, 7z). Hãy giải nén rồi tải lên từng ảnh hoặc tệp PDF bên trong.",
                "This is a packed file (zip, rar, 7z). Unpack it and upload the pictures or PDF files inside one by one.",
            ),
            Self::Program => (
                "Đây là tệp chương trình, không phải giấy tờ, dù tên tệp có thể ghi khác. Hãy chọn ảnh chụp hoặc tệp PDF của giấy tờ; nếu bạn được người khác gửi tệp này, đừng mở nó.",
                "This is a program, not a paper, whatever its name says. Choose a photograph or a PDF of the paper; if someone sent you this file, do not open it.",
            ),
            Self::Text => (
                "Đây là trang web hoặc tệp chữ, không phải ảnh chụp giấy tờ. Hãy chụp ảnh giấy tờ, hoặc in trang đó ra PDF rồi tải lên.",
                "This is a web page or a text file, not a picture of a paper. Photograph the paper, or print the page to PDF and upload that.",
            ),
            Self::OtherPicture => (
                "Loại ảnh này chưa đọc được. Hãy lưu lại thành ảnh JPEG hoặc PNG, hoặc chụp ảnh mới, rồi tải lên.",
                "This type of picture is not accepted. Save it as JPEG or PNG, or take a new photograph, and upload it.",
            ),
            Self::OtherType => (
                "Chỉ nhận ảnh (JPEG, PNG, WebP, HEIC, TIFF) và tệp PDF. Hãy chụp ảnh giấy tờ, hoặc lưu tài liệu thành PDF rồi tải lên.",
                "Only pictures (JPEG, PNG, WebP, HEIC, TIFF) and PDF files are accepted. Photograph the paper, or save the document as PDF and upload it.",
            ),
            _ => self.sentence_of_content(),
        }
    }

    fn sentence_of_content(self) -> (&'static str, &'static str) {
        match self {
            Self::Truncated => (
                "Tệp bị thiếu phần cuối, có thể do tải về hoặc sao chép chưa xong. Hãy lấy lại tệp gốc, hoặc chụp ảnh mới, rồi tải lên.",
                "The end of the file is missing, perhaps a download or a copy that did not finish. Fetch the original again, or take a new photograph, and upload it.",
            ),
            Self::TooManyPixels => (
                "Ảnh có hơn 60 triệu điểm ảnh. Hãy chọn chế độ chụp thường (không phải chế độ độ phân giải cao) rồi chụp lại.",
                "The picture has more than 60 megapixels. Use the normal camera mode (not the high-resolution mode) and take it again.",
            ),
            Self::TooSmall => (
                "Ảnh quá nhỏ nên không đọc được chữ. Hãy chụp gần hơn, hoặc tải lên ảnh gốc thay vì ảnh thu nhỏ.",
                "The picture is too small to read. Go closer and take it again, or upload the original instead of a thumbnail.",
            ),
            Self::Black => (
                "Ảnh gần như đen hoàn toàn. Hãy bật đèn hoặc ra chỗ sáng, không che ống kính, rồi chụp lại.",
                "The picture is almost black. Switch on a light or go where it is bright, uncover the lens and take it again.",
            ),
            Self::White => (
                "Ảnh gần như trắng hoàn toàn, không thấy chữ. Hãy kiểm tra mặt giấy đã chụp hoặc quét, tránh ánh sáng chói, rồi chụp lại.",
                "The picture is almost white and shows no text. Check which side was photographed or scanned, avoid glare and take it again.",
            ),
            Self::Blurred => (
                "Ảnh quá mờ nên không đọc được chữ. Hãy giữ chắc máy, chạm vào giấy trên màn hình để lấy nét, rồi chụp lại.",
                "The picture is too blurred to read. Hold the phone still, tap the paper on the screen to focus and take it again.",
            ),
            Self::PdfEncrypted => (
                "Tệp PDF có đặt mật khẩu hoặc bị khóa. Hãy mở tệp bằng mật khẩu, in hoặc lưu thành tệp PDF mới không khóa, rồi tải lên.",
                "The PDF is locked with a password. Open it with the password, print or save it as a new PDF without a lock and upload that.",
            ),
            Self::PdfNoPages => (
                "Tệp PDF không có trang nào. Hãy quét hoặc xuất lại tài liệu thành PDF rồi tải lên.",
                "The PDF has no pages. Scan or export the document again and upload it.",
            ),
            Self::PdfEmptyPages => (
                "Mọi trang của tệp PDF đều trống. Hãy kiểm tra mặt giấy khi quét rồi quét lại.",
                "Every page of the PDF is blank. Check which side was scanned and scan it again.",
            ),
            Self::PdfScript => (
                "Tệp PDF có chứa mã lệnh chạy được nên không được nhận. Hãy in tệp ra PDF mới (chọn máy in “Lưu thành PDF”) rồi tải lên.",
                "The PDF contains script and is not accepted. Print it to a new PDF (choose the printer “Save as PDF”) and upload that.",
            ),
            Self::PdfLaunch => (
                "Tệp PDF có lệnh mở chương trình hoặc gửi dữ liệu ra ngoài nên không được nhận. Hãy in tệp ra PDF mới (chọn máy in “Lưu thành PDF”) rồi tải lên.",
                "The PDF contains a command that starts a program or sends data out and is not accepted. Print it to a new PDF (choose the printer “Save as PDF”) and upload that.",
            ),
            Self::PdfAttachment => (
                "Tệp PDF có tệp khác đính kèm bên trong. Hãy tải lên riêng từng tệp, hoặc in ra PDF mới không có đính kèm.",
                "The PDF has other files attached inside. Upload each file by itself, or print it to a new PDF without attachments.",
            ),
            Self::PdfDamaged => (
                "Tệp PDF bị hỏng, không đọc được. Hãy mở thử trên máy; nếu mở được thì in ra PDF mới rồi tải lên, nếu không thì quét hoặc chụp lại.",
                "The PDF is damaged and cannot be read. Try to open it; if it opens, print it to a new PDF and upload that, otherwise scan or photograph the paper again.",
            ),
            Self::PdfSignedTogether => (
                "Tệp PDF này có chữ ký số; ghép với tệp khác sẽ làm mất chữ ký. Hãy tải riêng tệp này cho một giấy tờ, hoặc gửi bản không ký.",
                "This PDF has a digital signature, which joining it with other files would break. Upload it alone for one paper, or send a copy without the signature.",
            ),
            Self::Bomb => (
                "Nội dung tệp sau khi giải nén lớn bất thường nên không được nhận. Hãy chụp ảnh giấy tờ, hoặc in ra PDF mới rồi tải lên.",
                "The content of the file unpacks to an abnormal size and is not accepted. Photograph the paper, or print it to a new PDF and upload that.",
            ),
            Self::Disguised => (
                "Tệp này chứa hai loại nội dung chồng lên nhau nên không an toàn. Hãy chụp ảnh giấy tờ, hoặc mở tệp, in ra PDF mới rồi tải lên.",
                "This file holds two kinds of content at once and is not safe. Photograph the paper, or open the file, print it to a new PDF and upload that.",
            ),
            Self::Malware => (
                "Tệp có dấu hiệu của mã độc nên không được nhận. Đừng mở tệp này; hãy quét virus trên máy rồi chụp ảnh giấy tờ và tải ảnh lên.",
                "The file shows signs of malware and is not accepted. Do not open it; scan your device for viruses, then photograph the paper and upload the picture.",
            ),
            Self::TooSlow => (
                "Máy chủ không đọc xong tệp này trong thời gian cho phép. Hãy thử tải lên lại; nếu vẫn không được, hãy chụp ảnh giấy tờ thay cho tệp này.",
                "The server could not read this file in the time allowed. Try again; if it still fails, photograph the paper instead.",
            ),
            _ => (
                "Không đọc được tệp này, có thể tệp đã hỏng. Hãy mở thử trên máy, lấy lại tệp gốc hoặc chụp ảnh mới, rồi tải lên.",
                "This file cannot be read; it may be damaged. Try to open it on your device, fetch the original again or take a new photograph, and upload it.",
            ),
        }
    }
}

/// A remark on a file that was taken: it can be sent, but a better one would help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Remark {
    Closer,
    Blurry,
    Dark,
    Glare,
    BlankPage,
    PdfRepaired,
}

impl Remark {
    /// The remark about page `page` (1 is the first) of `pages`.
    pub(crate) fn words(self, page: usize, pages: usize) -> Words {
        let (vi, en) = match self {
            Self::Closer => (
                "ảnh hơi nhỏ cho một trang A4; hãy chụp gần hơn nếu chữ khó đọc.",
                "the picture is small for an A4 page; go closer if the text is hard to read.",
            ),
            Self::Blurry => (
                "ảnh hơi mờ; hãy phóng to xem thử, nếu khó đọc thì giữ chắc máy và chụp lại.",
                "the picture is a little blurred; zoom in to check, and if it is hard to read hold still and take it again.",
            ),
            Self::Dark => (
                "ảnh hơi tối; hãy chụp lại ở chỗ sáng hơn nếu chữ khó đọc.",
                "the picture is dark; take it again in better light if the text is hard to read.",
            ),
            Self::Glare => (
                "ảnh bị chói sáng; hãy chụp lại, tránh đèn và nắng chiếu thẳng nếu chữ khó đọc.",
                "the picture is too bright; take it again without direct light if the text is hard to read.",
            ),
            Self::BlankPage => (
                "trang này gần như trống; hãy kiểm tra có quét nhầm mặt giấy không.",
                "this page is almost blank; check that the right side was scanned.",
            ),
            Self::PdfRepaired => (
                "tệp PDF có lỗi nhỏ ở phần mục lục nhưng vẫn đọc được.",
                "the PDF has a small fault in its table of contents but can be read.",
            ),
        };
        if pages > 1 && self != Self::PdfRepaired {
            return Words::new(format!("Trang {page}: {vi}"), format!("Page {page}: {en}"));
        }
        Words::new(capital(vi), capital(en))
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_of_one_of_several_files_names_the_file_and_says_what_to_do() {
        let error = Refusal::Movie.error(Some("IMG_0001.MOV"));
        assert_eq!(error.kind, Kind::Invalid);
        assert!(error.words.vi.starts_with("Tệp “IMG_0001.MOV”: Đây là đoạn phim"), "{}", error.words.vi);
        assert!(error.words.vi.contains("chọn ảnh tĩnh"));
        assert_eq!(Refusal::TooLarge.error(None).kind, Kind::TooLarge);
    }

    #[test]
    fn a_remark_names_its_page_only_where_there_are_several() {
        assert!(Remark::Closer.words(2, 3).vi.starts_with("Trang 2: ảnh hơi nhỏ"));
        assert!(Remark::Closer.words(1, 1).vi.starts_with("Ảnh hơi nhỏ"));
    }
}
