//! The predefined extensions of observables (STIX 2.1, section 6).

use super::observables::HEX;
use crate::validate::form::Form::{
    Any, Boolean, Dictionary, Hashes, List, Number, OneOf, Open, Pointer, RegisteredKeys, Structure as Inner, Text,
    Time,
};
use crate::validate::form::{COUNT, DICTIONARY, INTEGER, Structure, TEXTS, may, need};
use crate::validate::lists::List::{HttpHeaders, PdfKeys, SocketOptions};
use crate::validate::rules::observables as rules;
use crate::validate::vocabulary as words;

static ALTERNATE_DATA_STREAM: Structure =
    Structure::of(&[need("name", Text), may("hashes", Hashes), may("size", COUNT)]);

static PE_SECTION: Structure = Structure::of(&[
    need("name", Text),
    may("size", COUNT),
    may("entropy", Number(f64::MIN, f64::MAX)),
    may("hashes", Hashes),
]);

static PE_OPTIONAL_HEADER: Structure = Structure {
    properties: &[
        may("magic_hex", HEX),
        may("major_linker_version", INTEGER),
        may("minor_linker_version", INTEGER),
        may("size_of_code", COUNT),
        may("size_of_initialized_data", COUNT),
        may("size_of_uninitialized_data", COUNT),
        may("address_of_entry_point", INTEGER),
        may("base_of_code", INTEGER),
        may("base_of_data", INTEGER),
        may("image_base", INTEGER),
        may("section_alignment", INTEGER),
        may("file_alignment", INTEGER),
        may("major_os_version", INTEGER),
        may("minor_os_version", INTEGER),
        may("major_image_version", INTEGER),
        may("minor_image_version", INTEGER),
        may("major_subsystem_version", INTEGER),
        may("minor_subsystem_version", INTEGER),
        may("win32_version_value_hex", HEX),
        may("size_of_image", COUNT),
        may("size_of_headers", COUNT),
        may("checksum_hex", HEX),
        may("subsystem_hex", HEX),
        may("dll_characteristics_hex", HEX),
        may("size_of_stack_reserve", COUNT),
        may("size_of_stack_commit", COUNT),
        may("size_of_heap_reserve", COUNT),
        may("size_of_heap_commit", COUNT),
        may("loader_flags_hex", HEX),
        may("number_of_rva_and_sizes", INTEGER),
        may("hashes", Hashes),
    ],
    any_of: &[],
    rules: &[rules::not_empty],
};

/// Type, name of the extension, and what it holds.
pub(super) static EXTENSIONS: [(&str, &str, Structure); 12] = [
    (
        "file",
        "archive-ext",
        Structure::of(&[need("contains_refs", List(&Pointer(&["file", "directory"]))), may("comment", Text)]),
    ),
    (
        "file",
        "ntfs-ext",
        Structure {
            properties: &[may("sid", Text), may("alternate_data_streams", List(&Inner(&ALTERNATE_DATA_STREAM)))],
            any_of: &[],
            rules: &[rules::not_empty],
        },
    ),
    (
        "file",
        "pdf-ext",
        Structure {
            properties: &[
                may("version", Text),
                may("is_optimized", Boolean),
                may("document_info_dict", RegisteredKeys("pdf-doc-info", PdfKeys, &Any)),
                may("pdfid0", Text),
                may("pdfid1", Text),
            ],
            any_of: &[],
            rules: &[rules::not_empty],
        },
    ),
    (
        "file",
        "raster-image-ext",
        Structure {
            properties: &[
                may("image_height", INTEGER),
                may("image_width", INTEGER),
                may("bits_per_pixel", INTEGER),
                may("exif_tags", DICTIONARY),
            ],
            any_of: &[],
            rules: &[rules::not_empty],
        },
    ),
    (
        "file",
        "windows-pebinary-ext",
        Structure::of(&[
            need("pe_type", Open(&words::WINDOWS_PEBINARY_TYPE)),
            may("imphash", Text),
            may("machine_hex", HEX),
            may("number_of_sections", COUNT),
            may("time_date_stamp", Time),
            may("pointer_to_symbol_table_hex", HEX),
            may("number_of_symbols", COUNT),
            may("size_of_optional_header", COUNT),
            may("characteristics_hex", HEX),
            may("file_header_hashes", Hashes),
            may("optional_header", Inner(&PE_OPTIONAL_HEADER)),
            may("sections", List(&Inner(&PE_SECTION))),
        ]),
    ),
    (
        "network-traffic",
        "http-request-ext",
        Structure::of(&[
            need("request_method", Text),
            need("request_value", Text),
            may("request_version", Text),
            may("request_header", RegisteredKeys("http-request-headers", HttpHeaders, &Any)),
            may("message_body_length", COUNT),
            may("message_body_data_ref", Pointer(&["artifact"])),
        ]),
    ),
    ("network-traffic", "icmp-ext", Structure::of(&[need("icmp_type_hex", HEX), need("icmp_code_hex", HEX)])),
    (
        "network-traffic",
        "socket-ext",
        Structure::of(&[
            need("address_family", OneOf(words::ADDRESS_FAMILY)),
            may("is_blocking", Boolean),
            may("is_listening", Boolean),
            may("options", RegisteredKeys("socket-options", SocketOptions, &INTEGER)),
            may("socket_type", OneOf(words::SOCKET_TYPE)),
            may("socket_descriptor", COUNT),
            may("socket_handle", INTEGER),
        ]),
    ),
    (
        "network-traffic",
        "tcp-ext",
        Structure {
            properties: &[may("src_flags_hex", HEX), may("dst_flags_hex", HEX)],
            any_of: &["src_flags_hex", "dst_flags_hex"],
            rules: &[],
        },
    ),
    (
        "process",
        "windows-process-ext",
        Structure {
            properties: &[
                may("aslr_enabled", Boolean),
                may("dep_enabled", Boolean),
                may("priority", Text),
                may("owner_sid", Text),
                may("window_title", Text),
                may("startup_info", Dictionary(&Any)),
                may("integrity_level", OneOf(words::INTEGRITY_LEVEL)),
            ],
            any_of: &[],
            rules: &[rules::not_empty, rules::windows_process],
        },
    ),
    (
        "process",
        "windows-service-ext",
        Structure {
            properties: &[
                may("service_name", Text),
                may("descriptions", TEXTS),
                may("display_name", Text),
                may("group_name", Text),
                may("start_type", OneOf(words::SERVICE_START_TYPE)),
                may("service_dll_refs", List(&Pointer(&["file"]))),
                may("service_type", OneOf(words::SERVICE_TYPE)),
                may("service_status", OneOf(words::SERVICE_STATUS)),
            ],
            any_of: &[],
            rules: &[rules::not_empty],
        },
    ),
    (
        "user-account",
        "unix-account-ext",
        Structure {
            properties: &[may("gid", INTEGER), may("groups", TEXTS), may("home_dir", Text), may("shell", Text)],
            any_of: &[],
            rules: &[rules::not_empty],
        },
    ),
];
