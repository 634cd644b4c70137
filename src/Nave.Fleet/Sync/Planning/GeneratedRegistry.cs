using System.Globalization;
using System.Runtime.CompilerServices;
using Nave.Fleet.Sync.Providers;

namespace Nave.Fleet.Sync.Planning;

/// <summary>
/// Two registries of any size that exist nowhere: an external one, and the hub that was once in step with it. They list in no order, and
/// differ in a number of devices that are spread evenly: a third each to be created, changed and deleted.
/// </summary>
internal sealed class GeneratedRegistry(int devices, int differences, string syncName) : IDeviceProvider
{
    // A prime: with it as the step, every number below another prime's multiple comes once.
    private const long Step = 7_368_787;

    public ProviderTraits Traits { get; } = new() { Name = "generated", KeepsTags = true };

    public async IAsyncEnumerable<ExternalDevice> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        for (long i = 0; i < devices; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var number = (int)(i * Step % devices);
            if (KindOf(number) != PlanAction.Delete)
            {
                yield return new ExternalDevice { Key = IdOf(number), Fields = FieldsOf(number, KindOf(number) == PlanAction.Update ? "changed" : "berlin") };
            }
        }
    }

    /// <summary>Lists the hub.</summary>
    public async IAsyncEnumerable<HubRow> ListHubAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Yield();
        for (long i = 0; i < devices; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var number = (int)((i + (devices / 2)) * Step % devices);
            if (KindOf(number) != PlanAction.Create)
            {
                var fields = FieldsOf(number, "berlin");
                yield return new HubRow
                {
                    DeviceId = IdOf(number),
                    ETag = "MTIzNDU2Nzg5MA==",
                    TwinETag = "AAAAAAAAAAE=",
                    Version = 2,
                    Tags = fields,
                    Mark = new SyncMark(syncName, Traits.Name, IdOf(number), [.. fields.Keys.Order(StringComparer.Ordinal)]),
                };
            }
        }
    }

    public Task<ExternalDevice?> FindAsync(string key, CancellationToken cancellationToken) => throw new NotSupportedException("What is generated is only listed.");

    public Task<ExternalDevice> CreateAsync(ExternalDevice device, CancellationToken cancellationToken) => throw new NotSupportedException("What is generated is only listed.");

    public Task<ExternalDevice> UpdateAsync(ExternalDevice current, ExternalDevice wanted, CancellationToken cancellationToken) =>
        throw new NotSupportedException("What is generated is only listed.");

    public Task<bool> DeleteAsync(ExternalDevice device, CancellationToken cancellationToken) => throw new NotSupportedException("What is generated is only listed.");

    public IReadOnlyList<TagProblem> Validate(HubDevice device) => [];

    public HubDevice ToHub(ExternalDevice device) => new() { DeviceId = device.Key, Tags = device.Fields };

    public ExternalDevice ToExternal(HubDevice device) => new() { Key = device.DeviceId, Fields = device.Tags };

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string IdOf(int number) => string.Create(CultureInfo.InvariantCulture, $"{(ulong)number * 0x9E37_79B9_7F4A_7C15:X16}");

    private static Dictionary<string, string> FieldsOf(int number, string site) => new(StringComparer.Ordinal)
    {
        ["activationType"] = "OTAA",
        ["applicationEUI"] = "70B3D57ED0000000",
        ["deviceProfileId"] = "LORA/GenericA.1.0.2a_ETSI",
        ["number"] = number.ToString(CultureInfo.InvariantCulture),
        ["site"] = site,
    };

    private PlanAction KindOf(int number)
    {
        var every = differences == 0 ? int.MaxValue : Math.Max(devices / differences, 1);
        return number % every != 0 || number / every >= differences ? PlanAction.Unchanged : (number / every % 3) switch
        {
            0 => PlanAction.Create,
            1 => PlanAction.Update,
            _ => PlanAction.Delete,
        };
    }
}
