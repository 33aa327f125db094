//! What holds of every body that is read as an envelope.

use ward_stix::bundle::{self, Container};
use ward_stix::object::Object;
use ward_taxii::wire::{self, Envelope};

/// Objects are cut out of the body byte for byte and in its order; put into an envelope again, the same objects are read; what a client reads
/// of an envelope is what the server reads.
pub fn holds(data: &[u8]) {
    let split = bundle::split(data);
    if let Ok(batch) = &split {
        let objects: Vec<&Object> = batch.objects.iter().flatten().collect();
        let mut rest = data;
        for object in &objects {
            let bytes = object.bytes();
            let at = rest.windows(bytes.len()).position(|window| window == bytes).expect("cut out of the body");
            rest = &rest[at + bytes.len()..];
        }
        let parts: Vec<&[u8]> = objects.iter().map(|object| object.bytes()).collect();
        let body = [b"{\"objects\":[".as_slice(), &parts.join(b",".as_slice()), b"]}"].concat();
        let again = bundle::split(&body).expect("an envelope");
        assert_eq!(again.container, Container::Envelope);
        let same: Vec<Object> = again.objects.into_iter().map(|object| object.expect("read again")).collect();
        assert!(same.iter().eq(objects), "the same objects");
    }
    let Ok(envelope) = wire::read::<Envelope>(data) else { return };
    let written = serde_json::to_vec(&envelope).expect("an envelope is written");
    let again: Envelope = wire::read(&written).expect("what was written is read");
    assert_eq!((again.more, &again.next), (envelope.more, &envelope.next));
    assert!(texts(&again).eq(texts(&envelope)), "the objects' own bytes");
    if let Ok(batch) = split
        && batch.container == Container::Envelope
    {
        assert_eq!((batch.more, &batch.next), (envelope.more, &envelope.next));
        assert_eq!(batch.objects.len(), envelope.objects.len());
        let read = texts(&envelope).map(|text| Object::parse(text.as_bytes()).ok());
        assert!(read.eq(batch.objects.into_iter().map(Result::ok)));
    }
}

fn texts(envelope: &Envelope) -> impl Iterator<Item = &str> {
    envelope.objects.iter().map(|raw| raw.get())
}
