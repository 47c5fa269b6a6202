//! Reasons: why a pair is suggested, or what stands in its way, as a code with parameters. The words are elsewhere, so
//! that each language has its own; peer-written text never gets in.

use std::collections::BTreeMap;
use std::fmt;

/// A reason. Parameters are ids, codes, days and numbers only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// Which rule speaks.
    pub code: RuleCode,
    /// What the rule saw, by name.
    pub parameters: BTreeMap<&'static str, String>,
}

macro_rules! codes {
    ($supports:ident { $($(#[$sdoc:meta])* $s:ident = $sword:literal,)+ } $blocks:ident { $($(#[$bdoc:meta])* $b:ident = $bword:literal,)+ }) => {
        /// Which rule a reason comes from. The words are part of the API and never change their meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum RuleCode {
            $($(#[$sdoc])* $s,)+
            $($(#[$bdoc])* $b,)+
        }

        impl RuleCode {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$s,)+ $(Self::$b,)+];

            /// The word for it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$s => $sword,)+
                    $(Self::$b => $bword,)+
                }
            }

            /// Whether it stands in the way rather than supports.
            #[must_use]
            pub fn blocks(self) -> bool {
                matches!(self, $(Self::$b)|+)
            }
        }
    };
}

codes! {
    supports {
        /// The item is the one asked for.
        ItemEqual = "item.equal",
        /// Both lines name the same code, which leaves the grade open.
        ItemOpen = "item.open",
        /// The need gives no figure.
        NeedOpenEnded = "need.open_ended",
        /// The item may stand in for the one asked for.
        ItemReplaces = "item.replaces",
        /// A condition of the replacement, for a person to check.
        ItemCondition = "item.condition",
        /// The item is a lower grade, which the need accepts.
        ItemLowerAccepted = "item.lower_accepted",
        /// Both lines belong to one city.
        OwnCity = "city.own",
        /// The two cities publish a partnership.
        Partners = "partners",
        /// The offer is meant for this city.
        Earmarked = "earmarked",
        /// How far it has to go.
        Distance = "distance",
        /// A place is not known well enough.
        DistanceUnknown = "distance.unknown",
        /// It can arrive in time.
        OnTime = "on_time",
        /// When it can arrive; the need states no day.
        Arrives = "arrives",
        /// It arrives late, but not too late to help.
        Late = "late",
        /// Shelf life left on arrival.
        ShelfLife = "shelf_life",
        /// A shelf life is needed, and the offer states no expiry.
        ShelfLifeUnknown = "shelf_life.unknown",
        /// The city has too many lines in tier 1.
        TierLowered = "tier.lowered",
        /// A transport leaves from there and goes there.
        LaneFits = "lane.fits",
        /// A transport leaves from there and goes anywhere.
        LaneAnywhere = "lane.anywhere",
        /// The goods state no weight.
        LoadWeightUnknown = "load.weight_unknown",
        /// The goods state no volume.
        LoadVolumeUnknown = "load.volume_unknown",
        /// The transport does not state what weight it can carry.
        RoomWeightUnknown = "room.weight_unknown",
        /// The transport does not state what volume it can carry.
        RoomVolumeUnknown = "room.volume_unknown",
    }
    blocks {
        /// A drill on one side, a real record on the other.
        Exercise = "exercise",
        /// Goods and money, say.
        KindDiffers = "kind.differs",
        /// A code that leaves the grade open.
        ItemUnspecified = "item.unspecified",
        /// Neither equal nor a replacement.
        ItemDiffers = "item.differs",
        /// A lower grade, which the need does not accept.
        ItemLower = "item.lower",
        /// Counted in different units.
        UnitDiffers = "unit.differs",
        /// One owner may not see the other's record.
        Audience = "audience",
        /// Set aside for others.
        Earmark = "earmark",
        /// Expressly not for this city.
        Excluded = "excluded",
        /// Given on terms that the need does not accept.
        Terms = "terms",
        /// The offer does not state an attribute that is asked for.
        AttributeMissing = "attribute.missing",
        /// It states another value or standard, or a lower level.
        AttributeBelow = "attribute.below",
        /// It shows less evidence than is asked for.
        AttributeEvidence = "attribute.evidence",
        /// The last day on which it could leave has passed.
        WindowClosed = "window.closed",
        /// It must leave before the need can receive it.
        WindowEarly = "window.early",
        /// It arrives too late to help.
        WindowLate = "window.late",
        /// Too little shelf life left on arrival.
        ShelfLifeShort = "shelf_life.short",
        /// What there is or what is lacking is below a smallest lot.
        LotSmall = "lot.small",
        /// The need waits.
        NeedOnHold = "need.on_hold",
        /// The need ended.
        NeedClosed = "need.closed",
        /// The need lacks nothing more.
        NeedCovered = "need.covered",
        /// The need's city has too many lines in the family.
        NeedOverLimit = "need.over_limit",
        /// The need takes over one that is still live.
        NeedTakesOver = "need.takes_over",
        /// The offer ended.
        OfferClosed = "offer.closed",
        /// The offer was not confirmed for too long.
        OfferStale = "offer.stale",
        /// Everything is held or promised.
        OfferExhausted = "offer.exhausted",
        /// The offer gives no figure.
        OfferUnquantified = "offer.unquantified",
        /// The offer's city has too many lines in the family.
        OfferOverLimit = "offer.over_limit",
        /// The offer takes over one that is still live.
        OfferTakesOver = "offer.takes_over",
        /// The line is not among those that take part.
        LineAbsent = "line.absent",
        /// Nobody offers anything like it.
        NoOffers = "offers.none",
        /// Nobody needs anything like it.
        NoNeeds = "needs.none",
        /// Better offers cover the need in this plan.
        NeedServed = "need.served",
        /// A need without a figure gets the best of what is left, and that is another offer.
        NeedBestOnly = "need.best_only",
        /// A more urgent need takes the stock.
        TakenByTier = "taken.tier",
        /// A need of the same tier that comes first takes the stock.
        TakenByOrder = "taken.order",
        /// A need with a figure takes the stock before one without.
        TakenByFigure = "taken.figure",
        /// A need that all members see takes the stock before one that is private or a group's.
        TakenByShared = "taken.shared",
        /// What others leave is below a smallest lot.
        LotLeft = "lot.left",
        /// The plan stopped at its bound of work.
        Visits = "visits",
        /// The plan gives it otherwise, and could have done this.
        PassedBy = "passed_by",
        /// What is shown stays as it is until the epoch ends.
        ShownLater = "shown.later",
        /// No transport begins near the goods or ends near the need.
        LaneNone = "lane.none",
        /// Nobody knows where the goods lie or must arrive.
        LegUnknown = "leg.unknown",
        /// Nobody knows how far the transport begins from the goods or ends from the need.
        LaneUnknown = "lane.unknown",
        /// The transport begins too far from the goods.
        LaneFrom = "lane.from",
        /// The transport ends too far from the need.
        LaneTo = "lane.to",
        /// The transport leaves before the goods are ready.
        LaneEarly = "lane.early",
        /// The transport arrives too late to help.
        LaneLate = "lane.late",
        /// The goods are too heavy for all of the transport.
        LaneWeight = "lane.weight",
        /// The goods are too large for all of the transport.
        LaneVolume = "lane.volume",
        /// The goods must be kept cold, and the transport does not say that it can.
        ColdChain = "cold_chain",
        /// The transport is for people or counts money.
        LanePeople = "lane.people",
        /// The search for transport stopped at its bound of work.
        LaneVisits = "lane.visits",
    }
}

impl Reason {
    /// A reason without parameters.
    #[must_use]
    pub fn new(code: RuleCode) -> Self {
        Self { code, parameters: BTreeMap::new() }
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.parameters.insert(name, value.to_string());
        self
    }

    /// Whether it stands in the way rather than supports.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.code.blocks()
    }
}

impl fmt::Display for RuleCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
