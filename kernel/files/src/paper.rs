//! Many shots and PDF files become one PDF of A4 pages. The same input gives the same bytes: no date, no random id.

use lopdf::{Dictionary, Document, Object, ObjectId, Stream, dictionary};

use crate::{limits, photo::Shot, refusal::Refusal};

/// A4 in points.
const A4: (f64, f64) = (595.276, 841.890);
/// White rim around a shot, in points (about 4 mm), so that printers cut nothing off.
const RIM: f64 = 12.0;
/// Attributes that a page takes from its parents when it has none of its own.
const INHERITED: [&[u8]; 4] = [b"Resources", b"MediaBox", b"CropBox", b"Rotate"];

/// One paper in the making.
#[derive(Debug)]
pub(crate) struct Paper {
    document: Document,
    tree: ObjectId,
    pages: Vec<ObjectId>,
}

impl Paper {
    pub(crate) fn new() -> Self {
        let mut document = Document::with_version("1.7");
        let tree = document.new_object_id();
        Self { document, tree, pages: Vec::new() }
    }

    /// Adds a page that shows the shot as large as it fits, upright or across by its own shape.
    pub(crate) fn add_shot(&mut self, shot: Shot) -> Result<(), Refusal> {
        let (page, place) = layout(shot.width, shot.height);
        let image = Stream::new(
            dictionary! {
                "Type" => "XObject",
                "Subtype" => "Image",
                "Width" => i64::from(shot.width),
                "Height" => i64::from(shot.height),
                "ColorSpace" => if shot.grey { "DeviceGray" } else { "DeviceRGB" },
                "BitsPerComponent" => 8_i64,
                "Filter" => "DCTDecode",
            },
            shot.jpeg,
        );
        let image = self.document.add_object(image.with_compression(false));
        let content = format!(
            "q {:.3} 0 0 {:.3} {:.3} {:.3} cm /Shot Do Q\n",
            place.width, place.height, place.left, place.bottom
        );
        let content = self.document.add_object(Stream::new(Dictionary::new(), content.into_bytes()));
        let page = dictionary! {
            "Type" => "Page",
            "Parent" => self.tree,
            "MediaBox" => vec![Object::from(0_i64), Object::from(0_i64), Object::from(page.0), Object::from(page.1)],
            "Resources" => dictionary! { "XObject" => dictionary! { "Shot" => image } },
            "Contents" => content,
        };
        let page = self.document.add_object(page);
        self.push(page)
    }

    /// Adds every page of a checked PDF.
    pub(crate) fn add_pdf(&mut self, mut other: Document) -> Result<(), Refusal> {
        other.renumber_objects_with(self.document.max_id + 1);
        let pages: Vec<ObjectId> = other.page_iter().collect();
        for id in &pages {
            let page = own_attributes(&other, *id, self.tree).ok_or(Refusal::PdfDamaged)?;
            other.objects.insert(*id, Object::Dictionary(page));
        }
        self.document.max_id = other.max_id;
        self.document.objects.extend(other.objects);
        pages.into_iter().try_for_each(|page| self.push(page))
    }

    fn push(&mut self, page: ObjectId) -> Result<(), Refusal> {
        self.pages.push(page);
        if self.pages.len() > limits::MAX_PAGES { Err(Refusal::TooManyPages) } else { Ok(()) }
    }

    /// The bytes of the finished PDF.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, Refusal> {
        let kids: Vec<Object> = self.pages.iter().copied().map(Object::Reference).collect();
        let count = i64::try_from(kids.len()).unwrap_or(i64::MAX);
        let tree = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count };
        self.document.objects.insert(self.tree, Object::Dictionary(tree));
        let catalog = self.document.add_object(dictionary! { "Type" => "Catalog", "Pages" => self.tree });
        self.document.trailer.set("Root", catalog);
        // Catalogs, page trees and forms of joined files are no longer reachable.
        self.document.prune_objects();
        let mut out = Vec::new();
        self.document.save_to(&mut out).map_err(|_| Refusal::Unreadable)?;
        Ok(out)
    }
}

struct Place {
    left: f64,
    bottom: f64,
    width: f64,
    height: f64,
}

fn layout(width: u32, height: u32) -> ((f64, f64), Place) {
    let page = if width > height { (A4.1, A4.0) } else { A4 };
    let (width, height) = (f64::from(width.max(1)), f64::from(height.max(1)));
    let scale = ((page.0 - 2.0 * RIM) / width).min((page.1 - 2.0 * RIM) / height);
    let (width, height) = (width * scale, height * scale);
    (page, Place { left: (page.0 - width) / 2.0, bottom: (page.1 - height) / 2.0, width, height })
}

/// The page's dictionary with everything it took from its parents, hung under `tree`.
fn own_attributes(document: &Document, id: ObjectId, tree: ObjectId) -> Option<Dictionary> {
    let mut page = document.get_dictionary(id).ok()?.clone();
    let mut parent = page.get(b"Parent").ok().and_then(|p| p.as_reference().ok());
    for _ in 0..64 {
        let Some(node) = parent.and_then(|p| document.get_dictionary(p).ok()) else { break };
        for name in INHERITED {
            if let (false, Ok(value)) = (page.has(name), node.get(name)) {
                page.set(name, value.clone());
            }
        }
        parent = node.get(b"Parent").ok().and_then(|p| p.as_reference().ok());
    }
    page.set("Parent", tree);
    // These point into structures of the old catalog or into other pages.
    ["StructParents", "B", "AA", "Dests"].iter().for_each(|name| {
        page.remove(name.as_bytes());
    });
    Some(page)
}
