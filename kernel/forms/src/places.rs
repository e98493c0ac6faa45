//! What a form must know of the world: the day, and the communes that exist on it.

use std::collections::BTreeMap;

use jiff::civil::Date;

/// Facts of the moment of checking.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Today on Vietnam's calendar.
    pub today: Date,
    /// Communes of that day; without them only the form of a code is checked.
    pub places: Option<&'a Places>,
}

impl<'a> Facts<'a> {
    pub fn on(today: Date) -> Self {
        Self { today, places: None }
    }

    #[must_use]
    pub fn with_places(mut self, places: &'a Places) -> Self {
        self.places = Some(places);
        self
    }
}

/// A district and its communes, or any other heading of a long list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceGroup {
    /// Heading, e.g. `Huyện Núi Thành`.
    pub label: String,
    /// Code of five digits and name, e.g. `("20335", "Phường Tân Thạnh")`, in the order shown.
    pub places: Vec<(String, String)>,
}

/// The communes a person can choose from. Built once by the caller and shared.
#[derive(Debug, Clone, Default)]
pub struct Places {
    groups: Vec<PlaceGroup>,
    names: BTreeMap<String, String>,
}

impl Places {
    pub fn new(groups: Vec<PlaceGroup>) -> Self {
        let named = |group: &PlaceGroup| -> Vec<(String, String)> {
            let whole = |(code, name): &(String, String)| (code.clone(), format!("{name}, {}", group.label));
            group.places.iter().map(whole).collect()
        };
        let names = groups.iter().flat_map(named).collect();
        Self { groups, names }
    }

    pub fn groups(&self) -> &[PlaceGroup] {
        &self.groups
    }

    /// Name with its district, e.g. `Phường Tân Thạnh, Thành phố Tam Kỳ`.
    pub fn name(&self, code: &str) -> Option<&str> {
        self.names.get(code).map(String::as_str)
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}
