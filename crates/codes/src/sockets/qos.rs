//! 11005 to 11031: bandwidth reservation (RSVP). FTP has no use for it, so none of these can come
//! out of an FTP session; they are here so that a person who meets one learns just that.

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
        advice: "Nothing to do for FTP; it is good news for the program that asked.",
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
        advice: "Nothing to do for FTP; ask for less bandwidth or try when the network is less \
            busy.",
        repeat: Repeat::CanHelp,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11011),
        name: "WSA_QOS_POLICY_FAILURE",
        phrase: "Reservation against policy",
        errno: &[],
        meaning: "The network's rules do not let this user reserve.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the administrator of the network must allow it.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11012),
        name: "WSA_QOS_BAD_STYLE",
        phrase: "Reservation style not known or in conflict",
        errno: &[],
        meaning: "The way in which senders share the reservation is unknown or clashes with \
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
        advice: "Nothing to do for FTP; the program that built the request needs a correction.",
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
        advice: "Nothing to do for FTP; look at the QoS packet scheduler of the network adapter.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11015),
        name: "WSA_QOS_GENERIC_ERROR",
        phrase: "Reservation failed without a given reason",
        errno: &[],
        meaning: "Something in the reservation went wrong and no other number fits.",
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
        meaning: "The kind of service in the flow description is unknown.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must use best effort, controlled load or \
            guaranteed.",
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
        advice: "Nothing to do for FTP; the program's rate and burst values need a correction.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11018),
        name: "WSA_QOS_EPROVSPECBUF",
        phrase: "Provider buffer not valid",
        errno: &[],
        meaning: "The buffer meant for the service provider has a wrong form.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must fill the provider's buffer as its maker \
            documents.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11019),
        name: "WSA_QOS_EFILTERSTYLE",
        phrase: "Filter style not valid",
        errno: &[],
        meaning: "The style of filtering senders is not one that exists.",
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
        meaning: "The kind of filter is not one that exists.",
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
        meaning: "The count of filters does not fit the flow descriptor.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must count its filters anew.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11022),
        name: "WSA_QOS_EOBJLENGTH",
        phrase: "Object length not valid",
        errno: &[],
        meaning: "An object in the request states a length that cannot be.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must state the true length of each object.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11023),
        name: "WSA_QOS_EFLOWCOUNT",
        phrase: "Wrong number of flows",
        errno: &[],
        meaning: "The count of flow descriptors is not right.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must count its flow descriptors anew.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11024),
        name: "WSA_QOS_EUNKOWNPSOBJ",
        phrase: "Unknown object",
        errno: &[],
        meaning: "The provider's buffer holds an object of an unknown kind.",
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
        meaning: "The object that states the policy is malformed.",
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
        advice: "Nothing to do for FTP; the maker of the provider can say which values it takes.",
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
        advice: "Nothing to do for FTP; the maker of the provider can say which filters it takes.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11029),
        name: "WSA_QOS_ESDMODEOBJ",
        phrase: "Discard mode not valid",
        errno: &[],
        meaning: "The object that says what happens to surplus packets is malformed.",
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
        advice: "Nothing to do for FTP; the program must state a rate that the flow allows.",
        repeat: Repeat::Useless,
        notes: None,
    },
    SocketRow {
        code: SocketCode::new(11031),
        name: "WSA_QOS_RESERVED_PETYPE",
        phrase: "Policy element reserved",
        errno: &[],
        meaning: "The policy uses an element that is kept for the system.",
        met: "Never with FTP: nothing in an FTP session reserves bandwidth, so this number \
            belongs to another program on a Windows machine.",
        advice: "Nothing to do for FTP; the program must leave the reserved element out.",
        repeat: Repeat::Useless,
        notes: None,
    },
];
