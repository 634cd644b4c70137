using Nave.Fleet.Sync.Providers;
using Nave.Fleet.Sync.Providers.Files;

namespace Nave.Fuzz.Sync;

/// <summary>Files of devices that somebody else wrote.</summary>
internal abstract class DeviceFileTarget(string name, IDeviceFileFormat format, IReadOnlyList<byte[]> seeds) : FuzzTarget(name, seeds)
{
    public override int Cost => 4;

    /// <summary>Buffers of the readers; and texts and the dictionary of a device.</summary>
    /// <inheritdoc/>
    public override long AllocationLimit(int length) => (512 << 10) + (512L * length);

    public override bool Execute(byte[] input)
    {
        try
        {
            return Read(input).Count >= 0;
        }
        catch (DeviceFileException)
        {
            return false;
        }
    }

    public override void Verify(byte[] input)
    {
        var devices = Read(input);
        using var old = new MemoryStream(input);
        using var target = new MemoryStream();

        // Streams of memory and formats of our own: everything ends at once.
        var rewriting = format.RewriteAsync(old, target, new HashSet<string>(), device => device, () => [], CancellationToken.None);
        Check(rewriting.IsCompletedSuccessfully, "what was read can be written");
        var again = Read(target.ToArray());
        Check(devices.Count == again.Count, "as many devices come back");
        for (var i = 0; i < devices.Count; i++)
        {
            Check(devices[i].Key == again[i].Key, "a device keeps its key");
            Check(devices[i].Fields.Count == again[i].Fields.Count && !devices[i].Fields.Except(again[i].Fields).Any(), "a device keeps its fields");
        }
    }

    private List<ExternalDevice> Read(byte[] input)
    {
        using var stream = new MemoryStream(input);
        var devices = new List<ExternalDevice>();
        var reader = format.ReadAsync(stream, CancellationToken.None).GetAsyncEnumerator();
        while (true)
        {
            var next = reader.MoveNextAsync().AsTask();
            Check(next.IsCompleted, "memory is read at once");
            if (!next.GetAwaiter().GetResult())
            {
                return devices;
            }

            devices.Add(reader.Current);
        }
    }
}
