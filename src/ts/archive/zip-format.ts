// The numbers of the zip format, of PKWARE's APPNOTE.TXT 6.3: what is written and what is read.

/** Signatures, as the four bytes are read in little endian. */
export const LOCAL = 0x04034b50;
export const CENTRAL = 0x02014b50;
export const END = 0x06054b50;
export const END_64 = 0x06064b50;
export const LOCATOR_64 = 0x07064b50;

/** The fixed parts of the records. */
export const LOCAL_BYTES = 30;
export const CENTRAL_BYTES = 46;
export const END_BYTES = 22;
export const END_64_BYTES = 56;
export const LOCATOR_64_BYTES = 20;

/** The field that has the numbers which do not fit. */
export const EXTRA_64 = 0x0001;
/** A number that stands there instead. */
export const FULL_16 = 0xffff;
export const FULL_32 = 0xffffffff;

/** Flags. */
export const ENCRYPTED = 0x2041; // by a password, strongly, or with its directory hidden
export const UTF_8 = 0x0800;

/** Methods. */
export const STORED = 0;
export const DEFLATED = 8;
