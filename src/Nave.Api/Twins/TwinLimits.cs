using System.Text;
using System.Text.Json;

namespace Nave.Api;

/// <summary>What tags and properties of a twin may hold. Source: wire facts 11.9.</summary>
public static class TwinLimits
{
    /// <summary>The largest tags: 8 KiB, as <see cref="Measure"/> counts.</summary>
    public const int MaxTagsBytes = 8 * 1024;

    /// <summary>The largest desired or reported section: 32 KiB, as <see cref="Measure"/> counts.</summary>
    public const int MaxPropertiesBytes = 32 * 1024;

    /// <summary>The longest key: 1 KiB of UTF-8.</summary>
    public const int MaxKeyBytes = 1024;

    /// <summary>The longest string value: 4 KiB of UTF-8.</summary>
    public const int MaxStringBytes = 4 * 1024;

    /// <summary>The deepest nesting of objects and arrays below the section.</summary>
    public const int MaxDepth = 10;

    /// <summary>The smallest whole number.</summary>
    public const long MinInteger = -4_503_599_627_370_496;

    /// <summary>The largest whole number.</summary>
    public const long MaxInteger = 4_503_599_627_370_495;

    /// <summary>Gets the largest size of a section, in bytes.</summary>
    public static int MaxBytes(TwinSection section) => section == TwinSection.Tags ? MaxTagsBytes : MaxPropertiesBytes;

    /// <summary>Checks keys, values and depth of a section or of a patch of it; <c>$version</c> and <c>$metadata</c> at its top are passed over.</summary>
    /// <param name="section">Which section.</param>
    /// <param name="value">An object, or <c>null</c> to clear the section.</param>
    /// <returns>400004 with the first violation's path, or <see langword="null"/>.</returns>
    public static HubError? Check(TwinSection section, JsonElement value)
    {
        var path = PathOf(section);
        if (value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Object
            ? CheckObject(value, new TwinPath(path), 0)
            : Invalid($"{path} is {Kind(value)}; an object or null is needed.");
    }

    /// <summary>Checks the size of a whole section, after a patch was merged.</summary>
    /// <returns>400004 with size and limit, or <see langword="null"/>.</returns>
    public static HubError? CheckSize(TwinSection section, JsonElement value)
    {
        var size = Measure(value);
        return size <= MaxBytes(section) ? null : Invalid($"{PathOf(section)} would have {size} bytes; permitted are {MaxBytes(section)}.");
    }

    /// <summary>
    /// Counts a section as the hub does: UTF-8 of keys and strings without control characters, 8 for a number, 4 for a boolean;
    /// <c>$version</c> and <c>$metadata</c> at its top do not count.
    /// </summary>
    public static int Measure(JsonElement value)
    {
        var size = 0;
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in value.EnumerateObject())
            {
                if (!IsMeta(property.Name))
                {
                    size += CountBytes(property.Name) + MeasureValue(property.Value);
                }
            }
        }

        return size;
    }

    private static int MeasureValue(JsonElement value)
    {
        var size = 0;
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                {
                    size += CountBytes(property.Name) + MeasureValue(property.Value);
                }

                return size;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    size += MeasureValue(item);
                }

                return size;
            case JsonValueKind.String:
                return CountBytes(value.GetString() ?? string.Empty);
            case JsonValueKind.Number:
                return 8;
            case JsonValueKind.True or JsonValueKind.False:
                return 4;
            default:
                return 0;
        }
    }

    private static HubError? CheckObject(JsonElement value, TwinPath path, int depth)
    {
        foreach (var property in value.EnumerateObject())
        {
            var name = property.Name;
            if (depth == 0 && IsMeta(name))
            {
                continue;
            }

            if (CheckKey(name, path) is { } badKey)
            {
                return badKey;
            }

            path.Enter(name);
            if (CheckValue(property.Value, path, depth + 1) is { } badValue)
            {
                return badValue;
            }

            path.Leave();
        }

        return null;
    }

    private static HubError? CheckValue(JsonElement value, TwinPath path, int depth)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                return depth > MaxDepth ? TooDeep(path) : CheckObject(value, path, depth);
            case JsonValueKind.Array:
                if (depth > MaxDepth)
                {
                    return TooDeep(path);
                }

                var index = 0;
                foreach (var item in value.EnumerateArray())
                {
                    path.Enter(index++);
                    if (CheckValue(item, path, depth + 1) is { } error)
                    {
                        return error;
                    }

                    path.Leave();
                }

                return null;
            case JsonValueKind.String:
                var bytes = Encoding.UTF8.GetByteCount(value.GetString() ?? string.Empty);
                return bytes > MaxStringBytes ? Invalid($"{path} is a string of {bytes} bytes; permitted are {MaxStringBytes}.") : null;
            case JsonValueKind.Number:
                return CheckNumber(value, path);
            default:
                return null;
        }
    }

    private static HubError? CheckNumber(JsonElement value, TwinPath path)
    {
        // Only whole numbers are limited: those written without fraction and exponent.
        if (value.GetRawText().AsSpan().IndexOfAny(".eE") >= 0)
        {
            return value.TryGetDouble(out var number) && double.IsFinite(number) ? null : Invalid($"{path} is a number beyond double precision.");
        }

        return value.TryGetInt64(out var integer) && integer is >= MinInteger and <= MaxInteger
            ? null
            : Invalid($"{path} is a whole number out of range; permitted are {MinInteger} to {MaxInteger}.");
    }

    private static HubError? CheckKey(string key, TwinPath path)
    {
        if (key.Length == 0)
        {
            return Invalid($"A key below {path} is empty.");
        }

        var bytes = Encoding.UTF8.GetByteCount(key);
        if (bytes > MaxKeyBytes)
        {
            return Invalid($"A key below {path} has {bytes} bytes; permitted are {MaxKeyBytes}.");
        }

        foreach (var c in key)
        {
            // char.IsControl is exactly C0, DEL and C1.
            if (c is '.' or '$' or ' ' || char.IsControl(c))
            {
                return Invalid($"A key below {path} has U+{(int)c:X4}; a key must not have '.', '$', a space or a control character.");
            }
        }

        return null;
    }

    private static int CountBytes(string text)
    {
        var bytes = Encoding.UTF8.GetByteCount(text);
        foreach (var c in text)
        {
            if (char.IsControl(c))
            {
                // C1 controls (U+0080 to U+009F) have two bytes in UTF-8.
                bytes -= c < 0x80 ? 1 : 2;
            }
        }

        return bytes;
    }

    private static bool IsMeta(string name) => name is "$version" or "$metadata";

    private static string PathOf(TwinSection section) => section switch
    {
        TwinSection.Tags => "tags",
        TwinSection.Desired => "properties.desired",
        _ => "properties.reported",
    };

    private static string Kind(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Object => "an object",
        _ => "a boolean",
    };

    private static HubError TooDeep(TwinPath path) => Invalid($"{path} is nested deeper than {MaxDepth} levels.");

    private static HubError Invalid(string message) => new(HubErrorCode.ArgumentInvalid, message);
}
