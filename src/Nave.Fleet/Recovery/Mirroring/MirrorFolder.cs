using System.Text.Json;

namespace Nave.Fleet.Recovery;

/// <summary>What others see of a mirror in its folder while it runs: its status, and a place to ask for the promotion.</summary>
public sealed class MirrorFolder(string folder)
{
    private string StatusPath => Path.Combine(folder, "status.json");

    private string PromotionPath => Path.Combine(folder, "promote");

    private string ReportPath => Path.Combine(folder, "promotion.json");

    internal bool IsPromotionRequested => File.Exists(PromotionPath);

    /// <summary>Tells whether a process works with the folder.</summary>
    public async Task<bool> IsInUseAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
        {
            return false;
        }

        try
        {
            await using var store = await MirrorStore.OpenAsync(folder, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, cancellationToken).ConfigureAwait(false);
            return false;
        }
        catch (FolderBusyException)
        {
            return true;
        }
    }

    /// <summary>Asks the mirror that runs on the folder to promote its target and end.</summary>
    public void RequestPromotion() => File.WriteAllText(PromotionPath, string.Empty);

    /// <summary>Reads how the mirror is doing, or did when it last ran; <see langword="null"/> if it never did.</summary>
    public MirrorStatus? ReadStatus() => Read(StatusPath, MirrorJson.Default.MirrorStatus);

    /// <summary>Reads what the promotion did; <see langword="null"/> if there was none.</summary>
    public MirrorPromotion? ReadPromotion() => Read(ReportPath, MirrorJson.Default.MirrorPromotion);

    /// <summary>Forgets a request that an earlier process did not live to see.</summary>
    internal void Begin() => File.Delete(PromotionPath);

    internal void WriteStatus(MirrorStatus status) => Write(StatusPath, JsonSerializer.SerializeToUtf8Bytes(status, MirrorJson.Default.MirrorStatus));

    internal void WritePromotion(MirrorPromotion promotion)
    {
        Write(ReportPath, JsonSerializer.SerializeToUtf8Bytes(promotion, MirrorJson.Default.MirrorPromotion));
        File.Delete(PromotionPath);
    }

    // Readers never see half of it.
    private static void Write(string path, byte[] content)
    {
        File.WriteAllBytes(path + ".new", content);
        File.Move(path + ".new", path, overwrite: true);
    }

    private static T? Read<T>(string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), type);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
