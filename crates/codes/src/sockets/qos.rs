//! 11005 to 11031: bandwidth reservation (RSVP). FTP does not use it, so no FTP session produces
//! these codes; they are here to tell that to a user who sees one.

use super::SocketCode;
use crate::row::{Repeat, SocketRow};

pub(super) const ROWS: &[SocketRow] = &[
    SocketRow {
        code: SocketCode::new(11005),
        name: "WSA_QOS_RECEIVERS",
        phrase: "A receiver has reserved",
        errno: &[],
        meaning: "A status: at least one receiver has asked for the reservation.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; a program that shows it reports on its own reservation.",
        repeat: Repeat::NotNeeded,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11006),
        name: "WSA_QOS_SENDERS",
        phrase: "A sender has announced itself",
        errno: &[],
        meaning: "A status: at least one sender has announced the path of its stream.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; a program that shows it listens to reservations of its \
            own.",
        repeat: Repeat::NotNeeded,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11007),
        name: "WSA_QOS_NO_SENDERS",
        phrase: "No sender left",
        errno: &[],
        meaning: "The reservation has no sender any more.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the sending program of the reserved stream has stopped.",
        repeat: Repeat::NotNeeded,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11008),
        name: "WSA_QOS_NO_RECEIVERS",
        phrase: "No receiver left",
        errno: &[],
        meaning: "The reservation has no receiver any more.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the receiving program of the reserved stream has stopped.",
        repeat: Repeat::NotNeeded,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11009),
        name: "WSA_QOS_REQUEST_CONFIRMED",
        phrase: "Reservation confirmed",
        errno: &[],
        meaning: "A status: the network has granted the reservation.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program that asked for the reservation has got it.",
        repeat: Repeat::NotNeeded,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11010),
        name: "WSA_QOS_ADMISSION_FAILURE",
        phrase: "Too little bandwidth to reserve",
        errno: &[],
        meaning: "The network lacks the capacity for the reservation.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; request less bandwidth, or try when the network is less \
            busy.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11011),
        name: "WSA_QOS_POLICY_FAILURE",
        phrase: "Reservation against policy",
        errno: &[],
        meaning: "The network's policy does not allow this user to reserve bandwidth.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the administrator of the network must allow it.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11012),
        name: "WSA_QOS_BAD_STYLE",
        phrase: "Reservation style unknown or in conflict",
        errno: &[],
        meaning: "The way in which senders share the reservation is unknown or conflicts with \
            another one.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; choose the style that the other members of the session \
            use.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11013),
        name: "WSA_QOS_BAD_OBJECT",
        phrase: "Part of the request damaged",
        errno: &[],
        meaning: "A filter or the provider's part of the request is malformed.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program that built the request must be corrected.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11014),
        name: "WSA_QOS_TRAFFIC_CTRL_ERROR",
        phrase: "Traffic control failed",
        errno: &[],
        meaning: "The packet scheduler of the machine refused the flow.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; check the QoS packet scheduler of the network adapter.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11015),
        name: "WSA_QOS_GENERIC_ERROR",
        phrase: "Reservation failed without a given reason",
        errno: &[],
        meaning: "The reservation failed for a reason that no other number describes.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the event log of the reserving program may say more.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11016),
        name: "WSA_QOS_ESERVICETYPE",
        phrase: "Service type not valid",
        errno: &[],
        meaning: "The service type in the flow description is unknown.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must request best effort, controlled load or \
            guaranteed service.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11017),
        name: "WSA_QOS_EFLOWSPEC",
        phrase: "Flow description not valid",
        errno: &[],
        meaning: "The numbers that describe the flow contradict each other.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program's rate and burst values must be corrected.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11018),
        name: "WSA_QOS_EPROVSPECBUF",
        phrase: "Provider buffer not valid",
        errno: &[],
        meaning: "The buffer for the service provider is malformed.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must fill the provider's buffer as the \
            provider documents.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11019),
        name: "WSA_QOS_EFILTERSTYLE",
        phrase: "Filter style not valid",
        errno: &[],
        meaning: "The filter style for senders does not exist.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must name an existing filter style.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11020),
        name: "WSA_QOS_EFILTERTYPE",
        phrase: "Filter type not valid",
        errno: &[],
        meaning: "The filter type does not exist.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must name an existing filter type.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11021),
        name: "WSA_QOS_EFILTERCOUNT",
        phrase: "Wrong number of filters",
        errno: &[],
        meaning: "The number of filters does not match the flow descriptor.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must state the right number of filters.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11022),
        name: "WSA_QOS_EOBJLENGTH",
        phrase: "Object length not valid",
        errno: &[],
        meaning: "An object in the request states an impossible length.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must state the actual length of each object.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11023),
        name: "WSA_QOS_EFLOWCOUNT",
        phrase: "Wrong number of flows",
        errno: &[],
        meaning: "The number of flow descriptors is wrong.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must state the right number of flow \
            descriptors.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11024),
        name: "WSA_QOS_EUNKOWNPSOBJ",
        phrase: "Unknown object",
        errno: &[],
        meaning: "The provider's buffer contains an object of an unknown kind.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program uses an object that this Windows does not \
            have.",
        repeat: Repeat::Useless,
        notes: Some(
            "The spelling without the second N is Microsoft's own; mingw-w64 writes \
                WSA_QOS_EUNKNOWNPSOBJ and keeps this one as an alias.",
        ),
    },
    SocketRow {
        code: SocketCode::new(11025),
        name: "WSA_QOS_EPOLICYOBJ",
        phrase: "Policy object not valid",
        errno: &[],
        meaning: "The policy object is malformed.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must build the policy object as documented.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11026),
        name: "WSA_QOS_EFLOWDESC",
        phrase: "Flow descriptor not valid",
        errno: &[],
        meaning: "An entry in the list of flows is malformed.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must correct its list of flows.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11027),
        name: "WSA_QOS_EPSFLOWSPEC",
        phrase: "Provider's flow description not valid",
        errno: &[],
        meaning: "The flow description inside the provider's buffer is malformed.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; ask the vendor of the provider which values it accepts.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11028),
        name: "WSA_QOS_EPSFILTERSPEC",
        phrase: "Provider's filter not valid",
        errno: &[],
        meaning: "The filter inside the provider's buffer is malformed.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; ask the vendor of the provider which filters it accepts.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11029),
        name: "WSA_QOS_ESDMODEOBJ",
        phrase: "Discard mode not valid",
        errno: &[],
        meaning: "The object that determines what happens to surplus packets is malformed.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must choose an existing discard mode.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11030),
        name: "WSA_QOS_ESHAPERATEOBJ",
        phrase: "Shaping rate not valid",
        errno: &[],
        meaning: "The object that limits the sending rate is malformed.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must request a rate that the flow allows.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11031),
        name: "WSA_QOS_RESERVED_PETYPE",
        phrase: "Policy element reserved",
        errno: &[],
        meaning: "The policy uses an element that is reserved for the system.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must leave the reserved element out.",
        repeat: Repeat::Useless,
        notes: None,
    },
];
