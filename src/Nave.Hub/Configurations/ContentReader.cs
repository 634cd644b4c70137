using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Nave.Api;
using Nave.Hub.Twins;

namespace Nave.Hub.Configurations;

/// <summary>Checks the content of a configuration and takes it apart. Every error is 400402 with the key that is wrong.</summary>
internal static class ContentReader
{
    private const string Root = "properties.desired";

    /// <summary>Reads what is set in one twin.</summary>
    public static bool TryRead(
        string what,
        IReadOnlyDictionary<string, RawJson> content,
        [NotNullWhen(true)] out IReadOnlyList<ConfigurationSetting>? settings,
        [NotNullWhen(false)] out HubError? error)
    {
        settings = null;
        var read = new List<ConfigurationSetting>(content.Count);

        // The order of JSON has no meaning: what is set deeper is set later, so that it refines what is set above it.
        foreach (var (key, value) in content.OrderBy(entry => entry.Key.Length).ThenBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (!TryReadPath(key, out var path))
            {
                error = Wrong($"{what} has the key '{Shorten(key)}'; '{Root}' or '{Root}.NAME' with further names after dots is permitted.");
                return false;
            }

            if (value.IsUndefined || value.IsNull || (path.Count == 0 && value.Utf8.Span[0] != '{'))
            {
                error = Wrong($"{what} sets '{Shorten(key)}' to {(value.IsNull || value.IsUndefined ? "null" : "a value")}; {(path.Count == 0 ? "an object" : "any JSON value but null")} is permitted.");
                return false;
            }

            var setting = new ConfigurationSetting(path, value.Utf8);
            if (Check(setting) is { } invalid)
            {
                error = Wrong($"{what}, '{Shorten(key)}': {invalid.Message}");
                return false;
            }

            read.Add(setting);
        }

        settings = read;
        error = null;
        return true;
    }

    /// <summary>Makes the error for content.</summary>
    public static HubError Wrong(string message) => new(HubErrorCode.InvalidConfigurationContent, message);

    private static bool TryReadPath(string key, out IReadOnlyList<ReadOnlyMemory<byte>> path)
    {
        path = [];
        if (key == Root)
        {
            return true;
        }

        if (!key.StartsWith(Root + ".", StringComparison.Ordinal))
        {
            return false;
        }

        var names = key[(Root.Length + 1)..].Split('.');
        path = Array.ConvertAll(names, name => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(name));
        return !Array.Exists(names, name => name.Length == 0);
    }

    // As it would stand in a twin: names, values, depth and size.
    private static HubError? Check(ConfigurationSetting setting)
    {
        var json = new ArrayBufferWriter<byte>(setting.Json.Length + 64);
        foreach (var name in setting.Path)
        {
            json.Write("{"u8);
            TwinJson.WriteName(json, name.Span);
        }

        json.Write(setting.Json.Span);
        for (var i = 0; i < setting.Path.Count; i++)
        {
            json.Write("}"u8);
        }

        try
        {
            using var document = JsonDocument.Parse(json.WrittenMemory, new JsonDocumentOptions { MaxDepth = 128 });
            return TwinLimits.Check(TwinSection.Desired, document.RootElement) ?? TwinLimits.CheckSize(TwinSection.Desired, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Too deep, or text that is half a surrogate pair.
            return new HubError(HubErrorCode.ArgumentInvalid, "the value is too deep, or has text that is no Unicode.");
        }
    }

    private static string Shorten(string key) => key.Length <= 100 ? key : key[..100] + "…";
}
