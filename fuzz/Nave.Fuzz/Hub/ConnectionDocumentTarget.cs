using Nave.Hub.Connections;

namespace Nave.Fuzz.Hub;

/// <summary>What is stored of a connection.</summary>
internal sealed class ConnectionDocumentTarget() : StoredTarget("stored-connection", Texts(
    """{"g":"637","c":true,"t":638000000000000000,"a":638000000000000001,"p":"Mqtt","f":7}""",
    """{"g":"637","t":1,"a":2,"r":"Replaced"}""".Replace("Replaced", Enum.GetNames<CloseReason>()[0], StringComparison.Ordinal)))
{
    public override IReadOnlyList<byte[]> Words => JsonWords.All;

    public override void Verify(byte[] input)
    {
        var record = ConnectionRecord.Decode(input);
        Check(ConnectionRecord.Decode(record.Encode()) == record, "a record is read as it was written");
    }

    protected override void Read(byte[] input) => _ = ConnectionRecord.Decode(input).ToState();
}
