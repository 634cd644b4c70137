using Nave.Fleet.Sync.Providers.Files;

namespace Nave.Fuzz.Sync;

/// <summary>Files of devices as comma-separated values; what is read and written again reads as the same devices.</summary>
internal sealed class CsvTarget() : DeviceFileTarget("devices-csv", new CsvFormat("deviceId", ','), Texts(
    "deviceId,site,floor\r\na,west,3\r\n\"b,\"\"1\"\"\",\"two\r\nlines\",\r\n",
    "\uFEFFsite,deviceId\nx,1\n\ny,2",
    "deviceId\ra\rb\r"))
{
    public override IReadOnlyList<byte[]> Words { get; } = Texts(",", "\"", "\"\"", "\r\n", "\n", "\r", ",,", "\",\"", "deviceId", "deviceId,", "\uFEFF", ";");
}
